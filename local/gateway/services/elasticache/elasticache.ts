/**
 * ElastiCache's users, for caches that run on this machine.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html
 */
import type { AwsRequest, AwsResponse, ServiceOverlay } from '../../request.ts';
import { ServiceError } from '../../service-call.ts';
import { queryAnswer } from '../../wire/answer.ts';
import {
  CacheUsers,
  type CacheUser,
  type CacheUserChange,
  type CacheUsersOptions,
  type LocalCache,
} from './cache-users.ts';

export interface ElastiCache extends ServiceOverlay {
  readonly service: 'elasticache';
  /** Makes a local Redis or Valkey a cache of its account, with all of its users. */
  register(cache: LocalCache): Promise<void>;
  /** Forgets everything, as after a reset of the emulator. */
  reset(): void;
}

const namespace = 'http://elasticache.amazonaws.com/doc/2015-02-02/';

export const createElastiCache = (options: Omit<CacheUsersOptions, 'errors'>): ElastiCache => {
  const users = new CacheUsers({
    ...options,
    errors: {
      notFound: 'UserNotFound',
      wrongState: 'InvalidUserState',
      exists: 'UserAlreadyExists',
      wrongParameter: 'InvalidParameterValue',
    },
  });
  return {
    service: 'elasticache',
    register: (cache) => users.register(cache),
    handle: (request, forward) => {
      const result = answer(users, request);
      return result ? Promise.resolve(inXml(request, result)) : forward(request);
    },
    reset: () => {
      users.clear();
    },
  };
};

const answer = (users: CacheUsers, { operation, input, caller, region }: AwsRequest) => {
  const scope = { account: caller.account, region };
  const id = textIn(input, 'UserId');
  switch (operation) {
    case 'CreateUser': {
      const { authentication = 'password', passwords = [], accessString = '' } = changeIn(input);
      const name = textIn(input, 'UserName') ?? '';
      return describe(users.create({ ...scope, id: id ?? '', name, authentication, passwords, accessString }));
    }
    case 'ModifyUser':
      return describe(users.modify(scope, id ?? '', changeIn(input)));
    case 'DeleteUser':
      return describe(users.remove(scope, id ?? ''));
    case 'DescribeUsers':
      return { Users: { member: (id === undefined ? users.list(scope) : [users.get(scope, id)]).map(describe) } };
    default:
      return undefined;
  }
};

const inXml = ({ operation, requestId }: AwsRequest, result: Record<string, unknown>): AwsResponse =>
  queryAnswer(operation, namespace, result, requestId);

const describe = ({ account, region, id, name, status, accessString, authentication, passwords }: CacheUser) => ({
  UserId: id,
  UserName: name,
  Status: status,
  Engine: 'valkey',
  MinimumEngineVersion: '7.2',
  AccessString: accessString,
  UserGroupIds: '',
  Authentication: { Type: authentication, PasswordCount: passwords.length },
  ARN: `arn:aws:elasticache:${region}:${account}:user:${id}`,
});

const types = { password: 'password', 'no-password-required': 'no-password', iam: 'iam' } as const;

const changeIn = (input: AwsRequest['input']): CacheUserChange => {
  const inMode = listIn(input, 'AuthenticationMode.Passwords');
  const passwords = inMode.length > 0 ? inMode : listIn(input, 'Passwords');
  const type = textIn(input, 'AuthenticationMode.Type') ?? (passwords.length > 0 ? 'password' : undefined);
  if (type !== undefined && !Object.hasOwn(types, type)) {
    throw new ServiceError('InvalidParameterValue', `Invalid authentication type ${type}.`);
  }
  return {
    authentication: type === undefined ? undefined : types[type as keyof typeof types],
    passwords: passwords.length > 0 ? passwords : undefined,
    accessString: textIn(input, 'AccessString'),
  };
};

const textIn = (input: AwsRequest['input'], name: string): string | undefined => {
  const value = input[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A form numbers the items of a list: `Passwords.member.1`. */
const listIn = (input: AwsRequest['input'], name: string): string[] =>
  Object.keys(input)
    .filter((key) => key.startsWith(`${name}.member.`))
    .sort()
    .map((key) => String(input[key]));

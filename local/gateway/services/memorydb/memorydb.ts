/**
 * MemoryDB's users, for caches that run on this machine.
 * https://docs.aws.amazon.com/memorydb/latest/APIReference/API_UpdateUser.html
 */
import { z } from 'zod';

import type { AwsRequest, ServiceOverlay } from '../../request.ts';
import { jsonResponse, ServiceError } from '../../service-call.ts';
import { CacheUsers, type CacheUser, type CacheUsersOptions, type LocalCache } from '../elasticache/cache-users.ts';

export interface MemoryDb extends ServiceOverlay {
  readonly service: 'memorydb';
  /** Makes a local Redis or Valkey a cluster of its account, with all of its users. */
  register(cache: LocalCache): Promise<void>;
  /** Forgets everything, as after a reset of the emulator. */
  reset(): void;
}

export const createMemoryDb = (options: Omit<CacheUsersOptions, 'errors'>): MemoryDb => {
  const users = new CacheUsers({
    ...options,
    errors: {
      notFound: 'UserNotFoundFault',
      wrongState: 'InvalidUserStateFault',
      exists: 'UserAlreadyExistsFault',
      wrongParameter: 'InvalidParameterValueException',
    },
  });
  return {
    service: 'memorydb',
    register: (cache) => users.register(cache),
    handle: (request, forward) => {
      const output = answer(users, request);
      return output ? Promise.resolve(jsonResponse(output)) : forward(request);
    },
    reset: () => {
      users.clear();
    },
  };
};

const inputSchema = z.object({
  UserName: z.string().min(1).max(40).optional(),
  AuthenticationMode: z
    .object({ Type: z.enum(['password', 'iam']), Passwords: z.array(z.string()).optional() })
    .optional(),
  AccessString: z.string().min(1).optional(),
});

const answer = (users: CacheUsers, { operation, input: given, caller, region }: AwsRequest) => {
  if (!['CreateUser', 'UpdateUser', 'DeleteUser', 'DescribeUsers'].includes(operation)) return undefined;
  const parsed = inputSchema.safeParse(given);
  if (!parsed.success) throw new ServiceError('InvalidParameterValueException', z.prettifyError(parsed.error));
  const { UserName: name = '', AuthenticationMode: mode, AccessString: accessString } = parsed.data;
  const scope = { account: caller.account, region };
  switch (operation) {
    case 'CreateUser': {
      const { Type: authentication = 'password', Passwords: passwords = [] } = mode ?? {};
      const rules = accessString ?? '';
      return {
        User: describe(users.create({ ...scope, id: name, name, authentication, passwords, accessString: rules })),
      };
    }
    case 'UpdateUser': {
      const change = { authentication: mode?.Type, passwords: mode?.Passwords, accessString };
      return { User: describe(users.modify(scope, name, change)) };
    }
    case 'DeleteUser':
      return { User: describe(users.remove(scope, name)) };
    default:
      return { Users: (name === '' ? users.list(scope) : [users.get(scope, name)]).map(describe) };
  }
};

const describe = ({ account, region, name, status, accessString, authentication, passwords }: CacheUser) => ({
  Name: name,
  Status: status,
  AccessString: accessString,
  ACLNames: [],
  MinimumEngineVersion: '7.0',
  Authentication: { Type: authentication, PasswordCount: passwords.length },
  ARN: `arn:aws:memorydb:${region}:${account}:user/${name}`,
});

/** Organisations with as many secrets as make a policy, or a stack, too small for them. */
import type { Application, Consumer, Secret } from '../../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../../lib/contract/index.ts';
import { place } from '../../../../lib/placement/placement.ts';
import { foreignAccount } from './cells.ts';
import { environmentWith, manySecrets, type Organisation, plainSecret } from './organisations.ts';

const account = '111122223333';

/** Two environments in one account, in each a consumer that reads by tags, and two whose names look like its. */
export const withManySecrets = (): Organisation => ({
  catalog: {
    organisation: 'many',
    environments: ['dev', 'prod'].map((name) =>
      environmentWith(name, account, [
        application(
          'payments',
          ['api', 'batch', 'bat'].map((consumer) => lambda(name, consumer)),
          [...manySecrets(name), { ...plainSecret(name, 'payments', 'other'), readers: ['bat'] }],
        ),
      ]),
    ),
  },
  placement: {},
});

/**
 * Three stacks, and of each kind of reader one that reads in all of them: `api` and `batch` by tags, whose policies are
 * in the first; `bat`, `report` and `partner` by ARN, with a policy for each stack.
 */
export const splitApplication = (): Organisation => {
  const secrets = Array.from({ length: 130 }, (_, index) => secretOfSplit(index));
  const placement = place({}, [{ name: 'payments', secrets: secrets.map(({ name }) => name) }], () => []);
  const consumers: Consumer[] = [
    ...['api', 'batch', 'bat'].map((name) => lambda('prod', name)),
    {
      name: 'ci',
      roleName: consumerRoleName('prod', 'payments', 'ci'),
      runsOn: 'github',
      federation: {
        issuer: 'token.actions.githubusercontent.com',
        audience: 'sts.amazonaws.com',
        subject: 'repo:northwind/shop:environment:production',
      },
    },
    { name: 'report', roleArn: `arn:aws:iam::${account}:role/teams/report` },
    { name: 'partner', account: foreignAccount, roleArn: `arn:aws:iam::${foreignAccount}:role/partner` },
    { name: 'people', permissionSet: 'payments-support' },
  ];
  const fences = {
    organizationId: 'o-a1b2c3d4e5',
    vpcEndpoints: ['vpce-0aaaaaaaaaaaaaaa1'],
    vpcs: ['vpc-0aaaaaaaaaaaaaaa1'],
    byTag: 'auto',
  } as const;
  const other = application(
    'payments',
    [lambda('dev', 'api')],
    [{ ...plainSecret('dev', 'payments', 's0'), readers: ['api'] }],
  );
  return {
    catalog: {
      organisation: 'split',
      environments: [
        environmentWith('prod', account, [application('payments', consumers, secrets)], fences),
        environmentWith('dev', account, [other]),
      ],
    },
    placement,
  };
};

/** Both sensitivities, and databases whose admin is in another stack. */
const secretOfSplit = (index: number): Secret => {
  const name = `s${index}`;
  const readers = [
    ...(index % 3 > 0 ? ['api'] : []),
    ...(index % 2 > 0 ? ['batch'] : []),
    ...(index % 30 === 0 ? ['bat', 'people'] : []),
    ...(index % 20 === 0 ? ['report', 'partner', 'ci'] : []),
  ];
  const secret: Secret = {
    ...plainSecret('prod', 'payments', name),
    sensitivity: index % 4 > 0 ? 'standard' : 'high',
    readers,
    ...(index % 10 === 0 && { pendingReaders: readers.slice(0, 1) }),
    ...(index % 7 === 0 && { replicas: index % 2 > 0 ? ['eu-central-1'] : ['eu-central-1', 'us-east-1'] }),
  };
  if (index % 50 > 0) return secret;
  const isAdmin = index === 0;
  return {
    ...secret,
    class: 'database',
    database: { engine: 'postgres', host: { name: 'db.example.com' }, port: 5432, dbname: 'app', username: name },
    rotation: isAdmin ? { kind: 'manual' } : alternating,
  };
};

const alternating: Secret['rotation'] = {
  kind: 'automatic',
  strategy: 'alternating-users',
  everyHours: 168,
  schedule: { expression: 'rate(7 days)' },
  graceHours: 24,
  admin: { secret: 's0', fullName: 'prod/payments/s0' },
};

const lambda = (environment: string, name: string): Consumer => ({
  name,
  runsOn: 'lambda',
  roleName: consumerRoleName(environment, 'payments', name),
});

const application = (name: string, consumers: readonly Consumer[], secrets: readonly Secret[]): Application => ({
  name,
  owner: 'team',
  contact: { name: 'oncall', email: 'oncall@example.com' },
  consumers,
  secrets,
  file: `${name}.yaml`,
});

/** Organisations as random as the catalog allows: consumers of all kinds, shared accounts, fences, grace and admins. */
import fc from 'fast-check';
import type {
  AdoptedSecret,
  Application,
  AutomaticRotation,
  Catalog,
  Consumer,
  EnvironmentCatalog,
  Fences,
  NamedNetwork,
  Rotation,
  Secret,
} from '../../../../lib/model/catalog.ts';
import {
  type DatabaseEngine,
  defaultPagerDutySeverities,
  secretName,
  secretNameIn,
} from '../../../../lib/contract/index.ts';
import type { Placement } from '../../../../lib/placement/placement.ts';
import { opensearch, splunk } from '../../../_fixtures/catalog-model.ts';
import { consumerOf } from './random-consumers.ts';
import { renamed, shapes } from './random-names.ts';

const oncall = { name: 'oncall', email: 'oncall@example.com' };
const region = 'eu-west-1';
const organizationId = 'o-a1b2c3d4e5';

/** The same word can be an environment's and an application's, and one can begin as another does. */
const environmentNames = ['dev', 'prod', 'prod-eu'];
const applicationNames = ['pay', 'payments', 'prod'];
const secretNames = ['db', 'db-admin', 'key', 'key-2', 'token'];
/** One ends as an environment does. */
const networkNames = ['data', 'eu'];
const consumerNames = ['api', 'api-2', 'batch'];

export interface Organisation {
  readonly catalog: Catalog;
  /** As it may have come about over the years: any secret in any stack. */
  readonly placement: Placement;
}

export const organisations: fc.Arbitrary<Organisation> = fc
  .uniqueArray(fc.constantFrom(...environmentNames), { minLength: 2, maxLength: 3 })
  .chain((names) => fc.tuple(...names.map(environmentOf)))
  .chain((environments) =>
    fc.tuple(placementOf(environments), shapes).map(([placement, shape]) => ({
      catalog: { organisation: 'random', environments: environments.map((one) => renamed(one, shape)) },
      placement,
    })),
  );

/** Names that make the ARNs of forty secrets pass one policy. */
export const manySecrets = (environment: string): Secret[] =>
  Array.from({ length: 40 }, (_, index) => ({
    ...plainSecret(environment, 'payments', `${'long-'.repeat(12)}${index}`),
    readers: index % 2 === 0 ? ['api', 'batch'] : ['api'],
    ...(index % 10 === 0 && { replicas: ['eu-central-1'] }),
  }));

export const plainSecret = (environment: string, application: string, name: string): Secret => ({
  name,
  fullName: secretName(environment, application, name),
  class: 'generic',
  sensitivity: 'standard',
  value: 'generated',
  readers: [],
  rotation: { kind: 'manual' },
});

export const environmentWith = (
  name: string,
  account: string,
  applications: readonly Application[],
  fences?: Fences,
): EnvironmentCatalog => ({
  name,
  account,
  region,
  breakGlass: [
    `arn:aws:iam::${account}:role/break-glass`,
    `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_BreakGlass_????????????????`,
  ],
  operators: [`arn:aws:iam::${account}:role/operator`],
  destinations: [splunk, opensearch],
  contact: { name: 'paging', pagerduty: { region: 'us', fallback: oncall, severity: defaultPagerDutySeverities } },
  runbooks: 'docs/runbooks',
  trail: 'existing',
  applications,
  ...(fences && { fences }),
});

const environmentOf = (name: string): fc.Arbitrary<EnvironmentCatalog> =>
  fc
    .record({
      account: fc.constantFrom('111122223333', '444455556666'),
      fences: fc.option(fencesOf, { nil: undefined }),
      applications: fc.uniqueArray(fc.constantFrom(...applicationNames), { minLength: 1, maxLength: 2 }),
      networks: fc.subarray(networkNames),
    })
    .chain(({ account, fences, applications, networks }) =>
      fc
        .tuple(...applications.map((application) => applicationOf(name, account, application, fences, networks)))
        .chain(withSharing)
        .map((made) => ({ ...environmentWith(name, account, made, fences), networks: networks.map(networkNamed) })),
    );

const networkNamed = (name: string): NamedNetwork => ({
  name,
  network: {
    vpc: 'vpc-0aaaaaaaaaaaaaaa2',
    subnets: ['subnet-0aaaaaaaaaaaaaaa1'],
    securityGroups: ['sg-0aaaaaaaaaaaaaaa1'],
  },
});

/** Any consumer of the other application may have a part in any secret, but for roles of another account. */
const withSharing = (applications: readonly Application[]): fc.Arbitrary<Application[]> => {
  const offers = applications.flatMap((owner) =>
    owner.secrets.flatMap((secret) =>
      applications
        .filter((other) => other !== owner)
        .map((other) => ({ owner: owner.name, secret: secret.name, other: other.name, consumers: other.consumers })),
    ),
  );
  return fc
    .tuple(
      ...offers.map(({ consumers, ...offer }) =>
        fc
          .subarray(consumers.filter((one) => !('account' in one)).map(({ name }) => name))
          .map((readers) => ({ ...offer, readers })),
      ),
    )
    .map((made) =>
      shareOut(
        applications,
        made.filter(({ readers }) => readers.length > 0),
      ),
    );
};

interface Share {
  readonly owner: string;
  readonly secret: string;
  readonly other: string;
  readonly readers: readonly string[];
}

const shareOut = (applications: readonly Application[], shares: readonly Share[]): Application[] => {
  const owners = applications.map((owner) => ({
    ...owner,
    secrets: owner.secrets.map((secret): Secret => {
      const its = shares.filter((share) => share.owner === owner.name && share.secret === secret.name);
      const sharedWith = its.map(({ other, readers }) => ({ application: other, readers }));
      return sharedWith.length === 0 ? secret : { ...secret, sharedWith };
    }),
  }));
  return owners.map((application) => {
    const uses = shares
      .filter(({ other }) => other === application.name)
      .flatMap(({ owner, secret, readers }) =>
        owners
          .filter(({ name }) => name === owner)
          .flatMap(({ secrets }) => secrets.filter(({ name }) => name === secret))
          .map((shared) => ({ name: `${owner}-${secret}`, application: owner, secret: shared, readers })),
      );
    return uses.length === 0 ? application : { ...application, uses };
  });
};

const placementOf = (environments: readonly EnvironmentCatalog[]): fc.Arbitrary<Placement> => {
  const applications = new Set(environments.flatMap((one) => one.applications.map(({ name }) => name)));
  const stacks = fc.record(Object.fromEntries(secretNames.map((name) => [name, fc.constantFrom(1, 1, 2, 3)])));
  return fc
    .tuple(...[...applications].map((name) => fc.tuple(fc.constant(name), fc.option(stacks, { nil: undefined }))))
    .map((placed) => Object.fromEntries(placed.flatMap(([name, one]) => (one ? [[name, one]] : []))));
};

const fencesOf: fc.Arbitrary<Fences> = fc
  .record(
    {
      organizationId: fc.constant(organizationId),
      vpcEndpoints: fc.constant(['vpce-0aaaaaaaaaaaaaaa1', 'vpce-0aaaaaaaaaaaaaaa2']),
      vpcs: fc.constant(['vpc-0aaaaaaaaaaaaaaa1']),
    },
    { requiredKeys: [] },
  )
  .map((fences) => ({ ...fences, byTag: 'auto' as const }));

const applicationOf = (
  environment: string,
  account: string,
  name: string,
  fences: Fences | undefined,
  networks: readonly string[],
): fc.Arbitrary<Application> =>
  fc
    .record({
      consumers: fc
        .uniqueArray(fc.constantFrom(...consumerNames), { minLength: 1 })
        .chain((names) => fc.tuple(...names.map((one) => consumerOf(environment, account, name, one, fences)))),
      // None: it has readers of what others share.
      secrets: fc.uniqueArray(fc.constantFrom(...secretNames), { minLength: 0, maxLength: 4 }),
    })
    .chain(({ consumers, secrets }) =>
      fc
        .tuple(
          ...secrets.map((secret) =>
            secretOf({ environment, account, application: name, consumers, networks }, secret),
          ),
        )
        .map((made): Application => ({
          name,
          owner: 'team',
          contact: oncall,
          consumers,
          secrets: made.map((one) => withAdminOf(made, one)),
          file: `${name}.yaml`,
        })),
    );

interface Home {
  readonly environment: string;
  readonly account: string;
  readonly application: string;
  readonly consumers: readonly Consumer[];
  readonly networks: readonly string[];
}

const secretOf = (home: Home, name: string): fc.Arbitrary<Secret> =>
  fc
    .tuple(
      managedSecretOf(home, name),
      fc.constantFrom(...notAdopted, ...adoptions(home, name)),
      fc.subarray(['eu-central-1', 'us-east-1']),
    )
    .map(([secret, adopted, replicas]): Secret => {
      if (adopted) return { ...secret, value: 'supplied', fullName: secretNameIn(adopted.arn), adopted };
      return replicas.length > 0 ? { ...secret, replicas } : secret;
    });

const notAdopted = Array.from({ length: 6 }, () => undefined);

/** Under a key that others are under, too, or under that of AWS; with a name that says nothing, or begins as those here do. */
const adoptions = ({ environment, account, application, consumers }: Home, name: string): AdoptedSecret[] => {
  const arnOf = (prefix: string): string =>
    `arn:aws:secretsmanager:${region}:${account}:secret:${prefix}/${environment}-${application}/${name}-GhIjKl`;
  const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-4333-8444-555555555555`;
  const isReadFromElsewhere = consumers.some((one) => 'account' in one);
  return [
    { arn: arnOf('legacy'), keyArn },
    { arn: arnOf(environment), keyArn },
    // It serves no other account.
    ...(isReadFromElsewhere ? [] : [{ arn: arnOf('legacy') }, { arn: arnOf(environment) }]),
  ];
};

const managedSecretOf = (
  { environment, account, application, consumers, networks }: Home,
  name: string,
): fc.Arbitrary<Secret> =>
  fc
    .record({
      network: fc.constantFrom(undefined, ...networks),
      sensitivity: fc.constantFrom('standard' as const, 'high' as const),
      readers: fc.subarray(consumers.map((one) => one.name)),
      pending: fc.boolean(),
      supplied: fc.boolean(),
      custom: fc.boolean(),
      engine: fc.constantFrom<DatabaseEngine>('postgres', 'mysql'),
      rotation: fc.constantFrom<'none' | 'grace' | 'no grace'>('none', 'grace', 'no grace'),
    })
    .map(({ network, sensitivity, readers, pending, supplied, custom, engine, rotation }): Secret => {
      const place = network === undefined ? {} : { network };
      const base = { ...plainSecret(environment, application, name), sensitivity, readers };
      const pendingReaders = pending ? readers.slice(0, 1) : [];
      const isAdmin = name === 'db-admin';
      if (name !== 'db' && !isAdmin) {
        return {
          ...base,
          value: supplied ? 'supplied' : 'generated',
          ...(custom && { rotation: customRotation(account, name === 'token' ? 'rotate-tokens' : 'rotate-keys') }),
        };
      }
      return {
        ...base,
        class: 'database',
        // One admin serves one engine.
        database: { engine: 'postgres', host: { name: 'db.example.com' }, port: 5432, dbname: 'app', username: name },
        value: isAdmin && supplied ? 'supplied' : 'generated',
        rotation:
          isAdmin || rotation === 'none'
            ? { kind: 'manual' }
            : { ...automatic(rotation, environment, application), ...place },
        ...(pendingReaders.length > 0 && { pendingReaders }),
        ...(engine === 'mysql' &&
          !isAdmin && {
            database: { engine, host: { rds: 'shop' }, dbname: 'app', username: name },
            rotation: rotation === 'none' ? { kind: 'manual' } : { ...managed(rotation), ...place },
          }),
      };
    });

const schedule = { expression: 'rate(7 days)' };

/** The same role in every environment of an account, below a path. */
export const customRotation = (account: string, name: string): Rotation => ({
  kind: 'custom',
  functionArn: `arn:aws:lambda:${region}:${account}:function:${name}:live`,
  roleArn: `arn:aws:iam::${account}:role/functions/${name}`,
  everyHours: 168,
  schedule,
});

const automatic = (kind: 'grace' | 'no grace', environment: string, application: string): AutomaticRotation => ({
  kind: 'automatic',
  everyHours: 168,
  schedule,
  ...(kind === 'grace' ? { strategy: 'alternating-users', graceHours: 24 } : { strategy: 'single-user' }),
  admin: { secret: 'db-admin', fullName: secretName(environment, application, 'db-admin') },
});

const managed = (kind: 'grace' | 'no grace'): AutomaticRotation => ({
  kind: 'automatic',
  everyHours: 168,
  schedule,
  ...(kind === 'grace' ? { strategy: 'dual-password', graceHours: 12 } : { strategy: 'single-user' }),
  admin: { managedBy: 'rds' },
});

/** An admin that was not generated is nobody's, and one that is adopted has another name. */
const withAdminOf = (secrets: readonly Secret[], secret: Secret): Secret => {
  const { rotation } = secret;
  if (rotation.kind !== 'automatic' || !rotation.admin || !('secret' in rotation.admin)) return secret;
  const admin = secrets.find(({ name }) => name === 'db-admin');
  if (admin) return { ...secret, rotation: { ...rotation, admin: { secret: admin.name, fullName: admin.fullName } } };
  const { admin: _, ...without } = rotation;
  return { ...secret, rotation: without };
};

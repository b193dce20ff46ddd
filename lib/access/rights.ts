/** The rights that a catalog gives, one by one, so that two catalogs can be compared. */
import { type Catalog, type Consumer, consumerRoleArn, type EnvironmentCatalog, roleArnIn } from '../model/index.ts';
import { breakGlassRoleName } from '../contract/index.ts';
import { decide } from './decide.ts';
import { type DeclaredSecret, labelOf, secretsOf } from './declared.ts';
import type { Position, Principal } from './principals.ts';
import { reachOf } from './reach.ts';
import type { Circumstances } from './request.ts';
import { accessRows, atHome, holdersIn } from './rows.ts';

export interface Right {
  readonly environment: string;
  /** `*`: all. */
  readonly application: string;
  /** `consumer report of payments` */
  readonly who: string;
  /** ARN of the role. */
  readonly role: string;
  /** What follows `may`, up to {@link Right.what}: `read`, `be assumed by`. */
  readonly may: string;
  /** A secret, a database, or the principal that assumes the role. */
  readonly what: string;
  /** A right that this one only widens. If that one is new too, this one is not reported. */
  readonly refines?: string;
}

/** Every right of every environment. */
export const rightsOf = (catalog: Catalog): Right[] => [
  ...accessRows(catalog).flatMap((row): Right[] =>
    row.may.map((level) => ({
      environment: row.environment,
      application: row.application,
      who: whoOf(row.who, row.application),
      role: row.role,
      may: level === 'log in' ? 'log in to' : level,
      what: row.class === 'database' && level === 'log in' ? `${row.secret} (${row.through})` : row.secret,
    })),
  ),
  ...looserReads(catalog),
  ...catalog.environments.flatMap(trustOf),
  ...catalog.environments.flatMap(reachOf),
];

const whoOf = (who: string, application: string): string =>
  who.startsWith('consumer ')
    ? `${who}${who.includes(' of ') ? '' : ` of ${application}`}`
    : (titles[who] ?? `the ${who}`);

const titles: Readonly<Record<string, string>> = { operator: 'an operator', 'break-glass': 'the break-glass role' };

/** What readers can do beyond reading the current value from their network. */
const looserReads = (catalog: Catalog): Right[] => {
  const holders = holdersIn(catalog);
  return catalog.environments.flatMap((environment) =>
    secretsOf(environment).flatMap((secret) =>
      holders(secret).flatMap(({ principal, position }) =>
        position.as === 'consumer' ? looserReadsOf(secret, principal, position) : [],
      ),
    ),
  );
};

const looserReadsOf = (
  secret: DeclaredSecret,
  principal: Principal,
  { environment, application, consumer }: Position & { as: 'consumer' },
): Right[] =>
  Object.entries(loosened)
    .filter(([, loosen]) => mayRead(secret, principal, loosen(atHome(environment))))
    .map(([words]) => ({
      environment: environment.name,
      application,
      who: whoOf(`consumer ${consumer.name}`, application),
      role: consumerRoleArn(environment, consumer),
      may: 'read',
      what: `${labelOf(secret)}${words}`,
      refines: labelOf(secret),
    }));

const loosened: Readonly<Record<string, (circumstances: Circumstances) => Circumstances>> = {
  ', the previous value too': (home) => ({ ...home, version: 'AWSPREVIOUS' }),
  ', the pending value too': (home) => ({ ...home, version: 'AWSPENDING' }),
  ', each version whose id it knows too': (home) => ({ ...home, version: 'by id' }),
  ' through any VPC endpoint, or none': ({ endpoint: _, ...home }) => home,
  ' from any network': ({ vpc: _, ...home }) => home,
  ' from outside the organisation': ({ organizationId: _, ...home }) => home,
};

const mayRead = (secret: DeclaredSecret, principal: Principal, circumstances: Circumstances): boolean =>
  decide({ principal, secret, action: 'secretsmanager:GetSecretValue', circumstances }) === 'allowed';

/** What can assume one of the principals. */
const trustOf = (environment: EnvironmentCatalog): Right[] => [
  ...environment.applications.flatMap(({ name: application, consumers }) =>
    consumers.flatMap((consumer) =>
      trustedBy(environment, consumer).map((what) => ({
        environment: environment.name,
        application,
        who: whoOf(`consumer ${consumer.name}`, application),
        role: consumerRoleArn(environment, consumer),
        may: 'be assumed by',
        what,
      })),
    ),
  ),
  ...environment.breakGlass.map((what) => ({
    environment: environment.name,
    application: '*',
    who: 'the break-glass role',
    role: roleArnIn(environment, breakGlassRoleName(environment.name)),
    may: 'be assumed by',
    what,
  })),
];

const trustedBy = ({ account, region }: EnvironmentCatalog, consumer: Consumer): string[] => {
  if (!('runsOn' in consumer)) return [];
  switch (consumer.runsOn) {
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'ec2':
      return [`${consumer.runsOn} in account ${account}`];
    case 'eks': {
      const { cluster, namespace, serviceAccount } = consumer;
      return [`service account ${namespace}/${serviceAccount} of the EKS cluster ${cluster} in ${account}, ${region}`];
    }
    case 'eks-irsa':
    case 'github':
    case 'oidc': {
      const { issuer, audience, subject } = consumer.federation;
      return [`${subject} of ${issuer}, for ${audience}`];
    }
    case 'roles-anywhere': {
      const { commonName, organization, organizationalUnit } = consumer.subject;
      const subject = [
        `CN=${commonName}`,
        organization && `O=${organization}`,
        organizationalUnit && `OU=${organizationalUnit}`,
      ];
      const seconds = consumer.sessionSeconds;
      return [`certificates of ${subject.filter(Boolean).join(', ')} from ${consumer.trustAnchor}, for ${seconds} s`];
    }
  }
};

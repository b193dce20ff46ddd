/** The principals of the catalog: each role once, with all its positions. */
import { type Catalog, type Consumer, consumerRoleArn, type EnvironmentCatalog, roleArnIn } from '../model/index.ts';
import {
  auditDeliverName,
  breakGlassRoleName,
  type DatabaseEngine,
  defaultNetwork,
  firstRotationName,
  pagerDutyName,
  rotationRoleName,
  rotationWatchName,
  rotatorName,
} from '../contract/index.ts';
import { pagerDutyContactsOf } from '../model/contacts.ts';
import { rotatesAtCreation, secretsOf } from './declared.ts';

/** What a principal does with secrets. */
export type Position = { readonly environment: EnvironmentCatalog } & (
  | { readonly as: 'consumer'; readonly application: string; readonly consumer: Consumer }
  | { readonly as: 'rotation function'; /** As {@link rotatorName} names it. */ readonly rotator: string }
  /** The role of a custom rotation function. */
  | { readonly as: 'custom rotation function'; readonly roleArn: string }
  /** Starts the first rotation of generated secrets. */
  | { readonly as: 'first rotation' }
  /** Describes the secrets that custom functions rotate. */
  | { readonly as: 'rotation watch' }
  /** Delivers audit events to one destination. */
  | { readonly as: 'audit forwarder'; /** Name of the destination. */ readonly destination: string }
  /** Hands alerts and alarms to PagerDuty. */
  | { readonly as: 'pager' }
  | { readonly as: 'operator' }
  | { readonly as: 'break-glass' }
  /** CloudFormation, with the role of `cdk bootstrap`. */
  | { readonly as: 'deployer' }
  /** The root user of the account. */
  | { readonly as: 'root' }
);

export interface Principal {
  /** ARN of a role, a user or an account's root; the name of an AWS service; `*` without credentials. */
  readonly arn: string;
  /** 12 digits; absent for a service and without credentials. */
  readonly account?: string;
  /** None: an unknown principal. */
  readonly positions: readonly Position[];
  /**
   * What its other policies allow: `everything` is `secretsmanager:*` and `kms:*` on `*`.
   * An organisation can attach any policy to its roles, so both cases must match the declaration.
   */
  readonly own: 'nothing' | 'everything';
}

/** Every principal of a catalog that the deployed policies name. */
export const declaredPrincipals = (catalog: Catalog): Principal[] => {
  const positions = new Map<string, Position[]>();
  for (const environment of catalog.environments) {
    for (const [arn, position] of positionsIn(environment)) {
      positions.set(arn, [...(positions.get(arn) ?? []), position]);
    }
  }
  return [...positions].map(([arn, held]) => ({ arn, ...accountOf(arn), positions: held, own: 'nothing' }));
};

/** The same principal with another policy that allows everything. */
export const generous = (principal: Principal): Principal => ({ ...principal, own: 'everything' });

/** A principal that the catalog does not name, with everything that an account can allow. */
export const unknownPrincipal = (arn: string): Principal => ({
  arn,
  ...accountOf(arn),
  positions: [],
  own: 'everything',
});

/** The CloudFormation execution role of `cdk bootstrap`, with the default qualifier unless the app sets one. */
export const deployerArn = (environment: EnvironmentCatalog, qualifier = 'hnb659fds'): string =>
  roleArnIn(environment, `cdk-${qualifier}-cfn-exec-role-${environment.account}-${environment.region}`);

const positionsIn = (environment: EnvironmentCatalog): [arn: string, position: Position][] => [
  ...environment.applications.flatMap(({ name: application, consumers }) =>
    consumers.map((consumer): [string, Position] => [
      exampleOf(consumerRoleArn(environment, consumer), environment.region),
      { as: 'consumer', environment, application, consumer },
    ]),
  ),
  ...rotatorsOf(environment).map(([engine, network]): [string, Position] => [
    roleArnIn(environment, rotationRoleName(environment.name, engine, network)),
    { as: 'rotation function', environment, rotator: rotatorName(engine, network) },
  ]),
  ...customRotatorsOf(environment).map((roleArn): [string, Position] => [
    roleArn,
    { as: 'custom rotation function', environment, roleArn },
  ]),
  ...(secretsOf(environment).some(rotatesAtCreation)
    ? [
        [roleArnIn(environment, firstRotationName(environment.name)), { as: 'first rotation', environment }] as [
          string,
          Position,
        ],
      ]
    : []),
  ...(customRotatorsOf(environment).length > 0
    ? [
        [roleArnIn(environment, rotationWatchName(environment.name)), { as: 'rotation watch', environment }] as [
          string,
          Position,
        ],
      ]
    : []),
  ...environment.destinations.map(({ name }): [string, Position] => [
    roleArnIn(environment, auditDeliverName(environment.name, name)),
    { as: 'audit forwarder', environment, destination: name },
  ]),
  ...(pagerDutyContactsOf(environment).length > 0
    ? [[roleArnIn(environment, pagerDutyName(environment.name)), { as: 'pager', environment }] as [string, Position]]
    : []),
  ...environment.operators.map((arn): [string, Position] => [arn, { as: 'operator', environment }]),
  [roleArnIn(environment, breakGlassRoleName(environment.name)), { as: 'break-glass', environment }],
  [deployerArn(environment), { as: 'deployer', environment }],
  [roleArnIn(environment, '').replace(/role\/$/, 'root'), { as: 'root', environment }],
];

/** Identity Center appends 16 characters to the names of its roles, and can put its region into the path. */
export const exampleOf = (pattern: string, region: string): string =>
  pattern.replace('*/AWSReservedSSO', `/${region}/AWSReservedSSO`).replace(/\?{16}$/, '0123456789abcdef');

/** Each network has one function per engine in use. */
const rotatorsOf = (environment: EnvironmentCatalog): [DatabaseEngine, network: string][] => {
  const engines = new Set(
    secretsOf(environment).flatMap(({ rotatedFor, source }) =>
      rotatedFor !== undefined && source?.database ? [source.database.engine] : [],
    ),
  );
  const { networks = [], lacksDefaultNetwork } = environment;
  const names = [...(lacksDefaultNetwork ? [] : [defaultNetwork]), ...networks.map(({ name }) => name)];
  return names.flatMap((network) => [...engines].map((engine): [DatabaseEngine, string] => [engine, network]));
};

const customRotatorsOf = (environment: EnvironmentCatalog): string[] => [
  ...new Set(secretsOf(environment).flatMap(({ customRotator }) => customRotator ?? [])),
];

const accountOf = (arn: string): { account?: string } => {
  const account = arn.split(':')[4];
  return account === undefined || account === '' ? {} : { account };
};

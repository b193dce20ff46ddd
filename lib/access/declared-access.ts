/**
 * Who may read and rotate which secret, as a table for the function that detects everyone else. It says no more than the
 * oracle: a test compares the two. It asks the oracle nothing, which would take a minute for 10,000 secrets.
 */
import type { DeclaredAccess, DeclaredRole, DeclaredSecretAccess } from '../contract/index.ts';
import { type Consumer, consumerRoleArn, type EnvironmentCatalog } from '../model/index.ts';
import { type DeclaredSecret, isReplica, secretsOf } from './declared.ts';
import { isInVpc } from './fences.ts';
import { declaredPrincipals, type Position } from './principals.ts';

const hour = 3_600_000;

/** @param auditResources - names of the queues, functions, rules, trail and bucket of the audit. */
export const declaredAccess = (environment: EnvironmentCatalog, auditResources: readonly string[]): DeclaredAccess => {
  const roles: DeclaredRole[] = [];
  const byPosition = new Map<string, number[]>();
  const add = (position: Position, arn: string): void => {
    const role = roleOf(position, arn, environment);
    if (!role) return;
    const key = keyOf(position);
    byPosition.set(key, [...(byPosition.get(key) ?? []), roles.push(role) - 1]);
  };
  for (const { arn, positions } of declaredPrincipals({ organisation: '', environments: [environment] })) {
    for (const position of positions) {
      add(position, position.as === 'consumer' ? consumerRoleArn(environment, position.consumer) : arn);
    }
  }
  const indexesOf = (...keys: readonly string[]): number[] => [
    ...new Set(keys.flatMap((key) => byPosition.get(key) ?? [])),
  ];
  const secrets = new Map<string, DeclaredSecretAccess>();
  for (const secret of secretsOf(environment)) {
    const known = secrets.get(secret.fullName);
    if (isReplica(secret) && known)
      secrets.set(secret.fullName, { ...known, regions: [...known.regions, secret.region] });
    else secrets.set(secret.fullName, accessOf(secret, environment, indexesOf));
  }
  return {
    environment: environment.name,
    account: environment.account,
    production: isProduction(environment),
    roles,
    secrets: Object.fromEntries(secrets),
    auditResources,
  };
};

/** Whether people are expected to read nothing: as the catalog says, or by the name of the environment. */
export const isProduction = ({ name, detections }: Pick<EnvironmentCatalog, 'name' | 'detections'>): boolean =>
  detections?.production ?? /^(live|prod|production)$/.test(name);

const accessOf = (
  secret: DeclaredSecret,
  environment: EnvironmentCatalog,
  indexesOf: (...keys: readonly string[]) => number[],
): DeclaredSecretAccess => {
  const { application, readers, sharedWith, rotatedFor, customRotator, adminFor, source } = secret;
  const rotators = [
    ...(rotatedFor === undefined ? [] : [`rotation function ${rotatedFor}`]),
    ...(customRotator === undefined ? [] : [`custom rotation function ${customRotator}`]),
  ];
  const rotation = source?.rotation;
  const graceHours = rotation?.kind === 'automatic' ? rotation.graceHours : undefined;
  return {
    application,
    owner: environment.applications.find(({ name }) => name === application)?.owner ?? environment.contact.name,
    readers: indexesOf(
      ...readers.map((consumer) => consumerKey(application, consumer)),
      ...sharedWith.map((one) => consumerKey(one.application, one.consumer)),
      ...rotators,
      ...(adminFor === undefined ? [] : [`rotation function ${adminFor}`]),
      ...(secret.destination === undefined ? [] : [`audit forwarder ${secret.destination}`]),
      ...(secret.pages === undefined ? [] : ['pager']),
      'break-glass',
    ),
    rotators: indexesOf(...rotators),
    regions: [secret.region],
    ...(graceHours !== undefined && { graceMs: graceHours * hour }),
  };
};

const consumerKey = (application: string, { name }: Consumer): string => `consumer ${application}/${name}`;

const keyOf = (position: Position): string => {
  switch (position.as) {
    case 'consumer':
      return consumerKey(position.application, position.consumer);
    case 'rotation function':
      return `rotation function ${position.rotator}`;
    case 'custom rotation function':
      return `custom rotation function ${position.roleArn}`;
    case 'audit forwarder':
      return `audit forwarder ${position.destination}`;
    case 'first rotation':
    case 'rotation watch':
    case 'pager':
    case 'operator':
    case 'break-glass':
    case 'deployer':
    case 'root':
      return position.as;
  }
};

/** The root user is declared for nothing. */
const roleOf = (position: Position, arn: string, { fences }: EnvironmentCatalog): DeclaredRole | undefined => {
  switch (position.as) {
    case 'consumer': {
      const { consumer } = position;
      const endpoints = fences?.vpcEndpoints;
      return {
        arn,
        as: 'consumer',
        runsOn: runsOnOf(consumer),
        ...(endpoints && isInVpc(consumer) && { vpcEndpoints: endpoints }),
      };
    }
    case 'rotation function':
      // A function of Strongroom has the name of its role, and its session that of the function.
      return { arn, as: 'rotation', session: arn.split('/').at(-1) ?? arn };
    case 'custom rotation function':
      return { arn, as: 'rotation' };
    case 'break-glass':
    case 'operator':
    case 'deployer':
      return { arn, as: position.as };
    case 'first rotation':
    case 'rotation watch':
    case 'audit forwarder':
    case 'pager':
      return { arn, as: 'platform' };
    case 'root':
      return undefined;
  }
};

const runsOnOf = (consumer: Consumer): NonNullable<DeclaredRole['runsOn']> => {
  if ('permissionSet' in consumer) return 'people';
  if (!('runsOn' in consumer)) return 'other';
  switch (consumer.runsOn) {
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'ec2':
      return consumer.runsOn;
    case 'eks':
    case 'eks-irsa':
    case 'github':
    case 'oidc':
    case 'roles-anywhere':
      return 'other';
  }
};

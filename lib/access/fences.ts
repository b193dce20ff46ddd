/** What the policy of a secret allows, independent of the principal's own policies. */
import type { Consumer } from '../model/index.ts';
import { type SecretAction, type SecretAccessLevel, secretAccessLevelOf } from './actions.ts';
import { type DeclaredSecret, rotatesAtCreation } from './declared.ts';
import type { Position, Principal } from './principals.ts';
import type { Circumstances } from './request.ts';

/** Whether the principal has a declared role in this action on the secret. */
export const declares = (secret: DeclaredSecret, { positions }: Principal, level: SecretAccessLevel): boolean =>
  positions.some((position) => isOf(secret, position) && hasPart(secret, position, level));

/** Whether a rotation function marks a value that it wrote, on a secret that it rotates. It sets no other tags. */
export const marks = (
  secret: DeclaredSecret,
  { positions }: Principal,
  action: SecretAction,
  { tagKeys }: Circumstances,
): boolean =>
  (action === 'TagResource' || action === 'UntagResource') &&
  tagKeys === 'a mark' &&
  positions.some(
    (position) =>
      position.as === 'rotation function' && isOf(secret, position) && secret.rotatedFor === position.rotator,
  );

/** Whether the circumstances allow a principal with a declared role. */
export const isWithinFences = (
  secret: DeclaredSecret,
  principal: Principal,
  action: SecretAction,
  circumstances: Circumstances,
): boolean => {
  const level = secretAccessLevelOf(action);
  return (
    (!ofOrganization.has(action) || isOfOrganization(secret, circumstances)) &&
    (level !== 'read' ||
      (isAtHome(secret, principal, circumstances) &&
        isWithSecondFactor(secret, principal, circumstances) &&
        mayReadVersion(secret, principal, circumstances))) &&
    (level !== 'delete' || keepsTheWindow(circumstances))
  );
};

/** The consumers of a secret that this principal is. */
export const readersAmong = (secret: DeclaredSecret, { positions }: Principal): Consumer[] =>
  positions.flatMap((position) =>
    position.as === 'consumer' && isOf(secret, position) && isReader(secret, position) ? [position.consumer] : [],
  );

/** Whether a consumer's calls come from inside a VPC. */
export const isInVpc = (consumer: Consumer): boolean => {
  if (consumer.network === 'any' || 'permissionSet' in consumer) return false;
  return !('runsOn' in consumer) || !['github', 'oidc', 'roles-anywhere'].includes(consumer.runsOn);
};

/** The root user belongs to an account, a deployer to a Region of it, every other principal to an environment. */
const isOf = ({ environment }: DeclaredSecret, position: Position): boolean => {
  const { name, account, region } = position.environment;
  if (position.as !== 'deployer' && position.as !== 'root') return name === environment.name;
  return account === environment.account && (position.as === 'root' || region === environment.region);
};

const hasPart = (secret: DeclaredSecret, position: Position, level: SecretAccessLevel): boolean => {
  switch (position.as) {
    case 'consumer':
      return level === 'look' || (level === 'read' && isReader(secret, position));
    case 'rotation function':
      return parts.rotation.has(level) && (level === 'look' || rotates(secret, position, level));
    case 'custom rotation function':
      return level === 'look' || (parts.rotation.has(level) && secret.customRotator === position.roleArn);
    case 'first rotation':
      return level === 'look' || (level === 'rotate' && rotatesAtCreation(secret));
    case 'rotation watch':
      return level === 'look';
    case 'audit forwarder':
      return level === 'look' || (level === 'read' && secret.destination === position.destination);
    case 'pager':
      return level === 'look' || (level === 'read' && secret.pages !== undefined);
    case 'operator':
      return level === 'look' || level === 'rotate' || (level === 'write' && secret.supplied);
    case 'break-glass':
      return true;
    case 'deployer':
      return parts.deployer.has(level);
    case 'root':
      return level === 'look' || level === 'govern';
  }
};

const parts = {
  rotation: new Set<SecretAccessLevel>(['look', 'read', 'write', 'promote']),
  deployer: new Set<SecretAccessLevel>(['look', 'rotate', 'change', 'govern']),
};

const isReader = (secret: DeclaredSecret, position: Position & { as: 'consumer' }): boolean =>
  isOwnReader(secret, position) ||
  secret.sharedWith.some(
    ({ application, consumer }) => application === position.application && consumer.name === position.consumer.name,
  );

const isOwnReader = (secret: DeclaredSecret, position: Position & { as: 'consumer' }): boolean =>
  secret.application === position.application && secret.readers.some(({ name }) => name === position.consumer.name);

/** The function that logs in with an admin credential reads it. Only the function that rotates it changes it. */
const rotates = (
  secret: DeclaredSecret,
  position: Position & { as: 'rotation function' },
  level: SecretAccessLevel,
): boolean => secret.rotatedFor === position.rotator || (level === 'read' && secret.adminFor === position.rotator);

/**
 * Actions that read or set values and versions. Not the rest: a principal that administers the policy can correct a wrong
 * id, and deployers of an account that has left can still deploy.
 */
const ofOrganization: ReadonlySet<SecretAction> = new Set([
  'DescribeSecret',
  'GetSecretValue',
  'ListSecretVersionIds',
  'PutSecretValue',
  'UpdateSecretVersionStage',
]);

const isOfOrganization = ({ environment }: DeclaredSecret, { organizationId }: Circumstances): boolean => {
  const own = environment.fences?.organizationId;
  return own === undefined || own === organizationId;
};

/** A principal that is only a reader in a VPC can read from the places that the fences allow. */
const isAtHome = (secret: DeclaredSecret, principal: Principal, { endpoint, vpc }: Circumstances): boolean => {
  if (!readersAmong(secret, principal).some(isInVpc)) return true;
  const { vpcEndpoints, vpcs } = secret.environment.fences ?? {};
  return isListed(vpcEndpoints, endpoint) && isListed(vpcs, vpc);
};

/** People need a second factor to read, whatever else their permission set allows. */
const isWithSecondFactor = (
  secret: DeclaredSecret,
  { positions }: Principal,
  { secondFactor }: Circumstances,
): boolean =>
  secondFactor !== undefined ||
  !positions.some(
    (position) => position.as === 'consumer' && 'permissionSet' in position.consumer && isOf(secret, position),
  );

const isListed = (list: readonly string[] | undefined, one: string | undefined): boolean =>
  list === undefined || (one !== undefined && list.includes(one));

/** Only rotation and break-glass can read versions that no consumer can. A custom function can read those of its steps. */
const mayReadVersion = (secret: DeclaredSecret, principal: Principal, { version, withId }: Circumstances): boolean => {
  const readers = readersAmong(secret, principal);
  if (principal.positions.some(({ as }) => as === 'rotation function' || as === 'break-glass')) return true;
  const isCustomRotator = principal.positions.some(
    (position) =>
      position.as === 'custom rotation function' && isOf(secret, position) && secret.customRotator === position.roleArn,
  );
  if (isCustomRotator) {
    return version === undefined ? withId !== true : ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].includes(version);
  }
  const namesId = version === 'by id' || withId === true;
  if (namesId && !readers.some(({ reads }) => reads === 'by-version')) return false;
  if (version === undefined || version === 'by id' || version === 'AWSCURRENT') return true;
  if (version === 'AWSPREVIOUS') return secret.grace;
  return (
    version === 'AWSPENDING' &&
    principal.positions.some(
      (position) =>
        position.as === 'consumer' &&
        isOf(secret, position) &&
        isOwnReader(secret, position) &&
        secret.pendingReaders.includes(position.consumer.name),
    )
  );
};

/** A deleted secret can be restored for a month. */
const keepsTheWindow = ({ deletion }: Circumstances): boolean =>
  deletion === undefined || (deletion !== 'at once' && deletion.afterDays >= 30);

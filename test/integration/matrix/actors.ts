/** Everybody whom the matrix knows, with credentials that the local AWS gives to whoever is what the catalog says. */
import { AttachRolePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { z } from 'zod';
import { secondFactorTag } from '../../../lib/reader-policies/handover.ts';
import type { Position, Principal } from '../../../lib/access/index.ts';
import type { EnvironmentCatalog, Workload } from '../../../lib/model/catalog.ts';
import { operatorPolicyName } from '../../../lib/contract/index.ts';
import type { LocalAws } from '../../../local/aws.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { rightClaim } from '../../infra/access/matrix/trust.ts';
import { administratorOf, allow, clientsWith, type Keys, policy, trust } from '../local/gateway-core/local-aws.ts';

/** `unsigned`: a request of somebody without credentials. */
export type Identity = Keys | 'unsigned';

export type IdentityOf = (principal: Pick<Principal, 'arn'>, withSecondFactor: boolean) => Identity;

const sessionName = 'matrix';

/** Makes the roles that others than Strongroom make: before the deployment, which attaches policies to some of them. */
export const makeRolesOfOthers = async (aws: LocalAws, principals: readonly Principal[]): Promise<void> => {
  const made = new Map(principals.filter(isOfOthers).map((principal) => [principal.arn, principal]));
  for (const { arn } of made.values()) {
    const [, path = '', name] = /:role(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
    await administratorOf(aws, accountOf(arn)).iam.send(
      new CreateRoleCommand({
        RoleName: name,
        Path: path,
        AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${accountOf(arn)}:root` }),
      }),
    );
  }
};

const handed = z.object({
  handover: z.array(
    z.object({
      to: z.union([z.object({ permissionSet: z.string() }), z.object({ roleArn: z.string() })]),
      policies: z.array(z.unknown()),
    }),
  ),
});

/** Puts what `strongroom handover` prints where it says, and the operators' policy on their roles. */
export const deployForOthers = async (
  aws: LocalAws,
  principals: readonly Principal[],
  catalog: string,
): Promise<void> => {
  const { stdout } = await strongroom(['handover', '--catalog', catalog, '--json'], { now: () => new Date() });
  for (const { to, policies } of handed.parse(JSON.parse(stdout)).handover) {
    const role = principals.find(({ arn }) =>
      'roleArn' in to ? arn === to.roleArn : arn.includes(`/AWSReservedSSO_${to.permissionSet}_`),
    );
    if (!role) throw new Error(`Nobody is ${JSON.stringify(to)}`);
    for (const [index, document] of policies.entries()) {
      await putPolicy(aws, role.arn, `handed-over-${index}`, JSON.stringify(document));
    }
  }
  for (const { arn, positions, own } of principals) {
    for (const position of own === 'nothing' ? positions : []) {
      if (position.as !== 'operator') continue;
      const PolicyArn = `arn:aws:iam::${accountOf(arn)}:policy/${operatorPolicyName(position.environment.name)}`;
      await administratorOf(aws).iam.send(new AttachRolePolicyCommand({ RoleName: nameOf(arn), PolicyArn }));
    }
  }
};

/** Allows everything in a policy of the role's own. Users have all rights of their account already. */
export const allowEverything = async (aws: LocalAws, principals: readonly Principal[]): Promise<void> => {
  for (const { arn } of principals.filter(isRole)) {
    await putPolicy(aws, arn, 'everything', policy(allow(['secretsmanager:*', 'kms:*'])));
  }
};

/** Opens a session of every role, by its own trust policy. */
export const identities = async (aws: LocalAws, principals: readonly Principal[]): Promise<IdentityOf> => {
  const known = new Map<string, Identity>();
  const declared = new Map(principals.filter(isAsked).map((principal) => [principal.arn, principal]));
  for (const principal of declared.values()) {
    const session = await become(aws, principal, true);
    known.set(`${principal.arn} true`, session);
    known.set(`${principal.arn} false`, isPerson(principal) ? await become(aws, principal, false) : session);
  }
  return ({ arn }, withSecondFactor) => {
    const identity = known.get(`${arn} ${withSecondFactor}`);
    if (!identity) throw new Error(`There is no session of ${arn}`);
    return identity;
  };
};

/** Services that call for nobody have no credentials that a client could use. */
export const isAsked = ({ arn }: Principal): boolean => !arn.endsWith('.amazonaws.com');

export const isPerson = ({ positions }: Principal): boolean =>
  positions.some((position) => position.as === 'consumer' && 'permissionSet' in position.consumer);

const become = async (aws: LocalAws, principal: Principal, withSecondFactor: boolean): Promise<Identity> => {
  const { arn, positions } = principal;
  if (arn === '*') return 'unsigned';
  const own = aws.accounts[accountOf(arn)]!;
  if (arn.endsWith(':root')) return own.root;
  if (arn.endsWith(':user/administrator')) return own;
  const position = positions[0];
  const service = position && serviceOf(position);
  if (service !== undefined) return aws.assumeForService({ roleArn: arn, sessionName, service });
  if (position?.as === 'consumer' && 'runsOn' in position.consumer) {
    return becomeWorkload(aws, arn, position.environment, position.consumer);
  }
  // A role may assume break-glass: the administrators' own, by the catalog of this test.
  const by =
    position?.as === 'break-glass'
      ? await sessionOf(aws, own, `arn:aws:iam::${accountOf(arn)}:role/administrator`)
      : own;
  return sessionOf(aws, by, arn, isPerson(principal) && withSecondFactor);
};

/** @param says - that there was a second factor, as a session of Identity Center does in a tag. */
const sessionOf = async (aws: LocalAws, by: Keys, arn: string, says = false): Promise<Keys> => {
  const { Credentials } = await clientsWith(aws, by).sts.send(
    new AssumeRoleCommand({
      RoleArn: arn,
      RoleSessionName: sessionName,
      ...(says && { Tags: [{ Key: secondFactorTag, Value: 'true' }] }),
    }),
  );
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
};

const becomeWorkload = (
  aws: LocalAws,
  roleArn: string,
  environment: EnvironmentCatalog,
  workload: Workload,
): Promise<Keys> => {
  const claim = rightClaim(environment, workload);
  if (claim.by === 'principal') throw new Error(`${roleArn} is no workload's`);
  if (claim.by === 'token') return aws.assumeWithToken({ roleArn, sessionName, ...claim });
  const { service, sourceArn, sessionTags: tags, certificate } = claim;
  return aws.assumeForService({
    roleArn,
    sessionName,
    service,
    ...(sourceArn !== undefined && { sourceArn }),
    ...(tags && { tags }),
    ...(certificate && { certificate }),
  });
};

/** What runs as the roles that are no consumers'. */
const serviceOf = ({ as }: Position): string | undefined => {
  if (as === 'deployer') return 'cloudformation.amazonaws.com';
  return ['rotation function', 'first rotation', 'rotation watch', 'audit forwarder', 'pager'].includes(as)
    ? 'lambda.amazonaws.com'
    : undefined;
};

const isOfOthers = (principal: Principal): boolean =>
  isRole(principal) &&
  !principal.positions.some(
    (position) =>
      position.as === 'break-glass' ||
      serviceOf(position) !== undefined ||
      (position.as === 'consumer' && 'runsOn' in position.consumer),
  );

const isRole = ({ arn }: Principal): boolean => arn.includes(':role/');

const putPolicy = async (aws: LocalAws, arn: string, PolicyName: string, PolicyDocument: string): Promise<void> => {
  const { iam } = administratorOf(aws, accountOf(arn));
  await iam.send(new PutRolePolicyCommand({ RoleName: nameOf(arn), PolicyName, PolicyDocument }));
};

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

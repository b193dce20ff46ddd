/** ARNs of roles, from the account and region of an environment. */
import { arnPattern } from '../contract/index.ts';
import type { Consumer, EnvironmentCatalog } from './catalog.ts';

type Account = Pick<EnvironmentCatalog, 'account' | 'region'>;

/** ARN of a role of the environment's account; `name` may have a path before it. */
export const roleArnIn = ({ account, region }: Account, name: string): string =>
  `arn:${partitionOf(region)}:iam::${account}:role/${name}`;

/** ARN of the role under which a consumer reads; of a permission set a pattern, since Identity Center chooses its end. */
export const consumerRoleArn = (account: Account, consumer: Consumer): string => {
  if ('roleArn' in consumer) return consumer.roleArn;
  if ('roleName' in consumer) return roleArnIn(account, consumer.roleName);
  return permissionSetArn(account, consumer.permissionSet);
};

/** ARN pattern of the role of a permission set. */
export const permissionSetArn = (account: Account, permissionSet: string): string =>
  roleArnIn(account, permissionSetRole(permissionSet));

/** The name of the permission set of such a pattern; nothing of any other ARN. */
export const permissionSetIn = (arn: string): string | undefined =>
  /:role\/aws-reserved\/sso\.amazonaws\.com\*\/AWSReservedSSO_(.+)_\?{16}$/.exec(arn)?.[1];

/**
 * The slash before the name keeps out a permission set whose own name holds `AWSReservedSSO_` and then this one's:
 * https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
 */
const permissionSetRole = (permissionSet: string): string =>
  `aws-reserved/sso.amazonaws.com*/AWSReservedSSO_${permissionSet}_????????????????`;

/** The partition of AWS that a region is in: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
export const partitionOf = (region: string): string =>
  partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';

const partitions: readonly (readonly [regionsBeginWith: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];

/** Whether it stands for several roles. */
export const isPattern = (arn: string): boolean => /[*?]/.test(arn);

/** Whether `ArnLike` of IAM takes the ARN for one of the pattern. */
export const isRoleLike = (arn: string, pattern: string): boolean => arnPattern(pattern).test(arn);

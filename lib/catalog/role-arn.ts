/** ARNs of roles, from the account and region of an environment. */
import type { Consumer, EnvironmentCatalog } from './model.ts';

type Account = Pick<EnvironmentCatalog, 'account' | 'region'>;

/** ARN of a role of the environment's account; `name` may have a path before it. */
export const roleArnIn = ({ account, region }: Account, name: string): string =>
  `arn:${partitionOf(region)}:iam::${account}:role/${name}`;

/** ARN of the role under which a consumer reads. */
export const consumerRoleArn = (account: Account, consumer: Consumer): string =>
  'roleArn' in consumer ? consumer.roleArn : roleArnIn(account, consumer.roleName);

const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

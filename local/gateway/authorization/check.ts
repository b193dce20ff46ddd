/** One question to the policies: may the caller do this action on this resource? A call may ask several. */
import type { AwsRequest } from '../request.ts';
import type { Deployed } from './deployed.ts';

export type Context = Readonly<Record<string, string | readonly string[]>>;

export interface Resource {
  readonly arn: string;
  readonly account: string;
  /** The resource's own policy, where it has one: of a secret, key, queue, function, bucket, or a role's trust. */
  readonly policy?: unknown;
  /** Its tags, which conditions see as `aws:ResourceTag/…`. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Check {
  /** `secretsmanager:GetSecretValue` */
  readonly action: string;
  readonly resource: Resource;
  /** Condition keys of the request in addition to those of every request. */
  readonly context?: Context;
  /** The message for the caller instead of the usual one. */
  readonly refusal?: string;
}

/** The checks of one service's calls; nothing if the operation is not mapped to its resource. */
export type Checks = (request: AwsRequest, deployed: Deployed) => Promise<readonly Check[] | undefined>;

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Account and region of a call's own resources, and of one that is named by its ARN. */
export const scopeOf = ({ caller, region }: AwsRequest, id?: string): { account: string; region: string } => {
  const [scheme, , , arnRegion = '', arnAccount = ''] = id?.split(':') ?? [];
  return scheme === 'arn' ? { account: arnAccount, region: arnRegion } : { account: caller.account, region };
};

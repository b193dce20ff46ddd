/** Asks IAM's rules about one request to Secrets Manager or KMS, for principals as generous as an account gets. */
import { evaluate } from '../../local/gateway/authorization/evaluate.ts';
import type { DeployedResource, DeployedRole } from './deployed-policies.ts';

export type Answer = 'allowed' | 'denied';

/** What a request says, beside who makes it: condition keys without those of its principal. */
export type Said = Readonly<Record<string, string | readonly string[]>>;

/** A role or user that may do everything at Secrets Manager and KMS, as far as its own policies go. */
export const generous = (arn: string): DeployedRole => ({
  arn,
  policies: [
    {
      name: 'everything',
      policy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: ['secretsmanager:*', 'kms:*'], Resource: '*' }],
      },
    },
  ],
});

/** @param organization - absent: the account belongs to none. */
export const ask = async (
  { arn, policies }: DeployedRole,
  action: string,
  resource: DeployedResource,
  { organization, ...said }: Said & { readonly organization?: string } = {},
): Promise<Answer> => {
  const account = arn.split(':')[4] ?? '';
  const { allowed } = await evaluate(
    {
      arn: sessionOf(arn),
      identityPolicies: policies,
      context: {
        'aws:PrincipalArn': arn,
        'aws:PrincipalAccount': account,
        'aws:PrincipalIsAWSService': 'false',
        ...(organization !== undefined && { 'aws:PrincipalOrgID': organization }),
      },
    },
    {
      action,
      resource: {
        arn: resource.arn,
        account: resource.arn.split(':')[4] ?? '',
        policy: resource.policy,
        tags: resource.tags,
      },
      context: {
        ...(resource.rotatedBy !== undefined && {
          'secretsmanager:resource/AllowRotationLambdaArn': resource.rotatedBy,
        }),
        ...said,
      },
    },
  );
  return allowed ? 'allowed' : 'denied';
};

/** Policies see a role's whole path in `aws:PrincipalArn`; the session's own ARN has the last part of it alone. */
const sessionOf = (arn: string): string => {
  const [head = '', role] = arn.split(':role/');
  return role === undefined ? arn : `${head.replace(':iam:', ':sts:')}:assumed-role/${role.split('/').at(-1)}/session`;
};

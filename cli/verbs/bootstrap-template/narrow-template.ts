/** Narrows the template of `cdk bootstrap`: its roles trust the deployers by name, in place of the whole account. */
import { z } from 'zod';

/** The roles that people and pipelines assume, by their logical ids. */
const assumedRoles = ['DeploymentActionRole', 'FilePublishingRole', 'ImagePublishingRole', 'LookupRole'] as const;

/** The CDK command overwrites no bootstrap stack of another variant, so a plain `cdk bootstrap` leaves this one alone. */
export const variant = 'Strongroom: named deployers';

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() });

const templateSchema = z.looseObject({
  Parameters: z.looseObject({
    BootstrapVariant: z.looseObject({ Default: z.string() }),
    TrustedAccounts: z.looseObject({ Description: z.string() }),
    TrustedAccountsForLookup: z.looseObject({ Description: z.string() }),
  }),
  Conditions: z.looseObject({ ShouldDenyExternalId: z.unknown() }),
  Resources: z.record(z.string(), resource),
});
export type BootstrapTemplate = z.infer<typeof templateSchema>;

const bucketPolicySchema = z.looseObject({
  PolicyDocument: z.looseObject({ Statement: z.array(z.unknown()) }),
});

/**
 * @param deployers - ARNs of roles
 * @returns the narrowed template, or why this template can't be narrowed
 */
export const narrowTemplate = (given: unknown, deployers: readonly string[]): BootstrapTemplate | string => {
  const parsed = templateSchema.safeParse(given);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path ?? [];
    return `it has no ${path.length === 0 ? 'resources' : path.join('.')} as expected`;
  }
  const template = structuredClone(parsed.data);
  const { Parameters, Resources } = template;
  Parameters.BootstrapVariant.Default = variant;
  const unused = 'Not used: the trust policies name the deployers.';
  Parameters.TrustedAccounts.Description = unused;
  Parameters.TrustedAccountsForLookup.Description = unused;
  for (const name of assumedRoles) {
    const role = Resources[name];
    if (role?.Type !== 'AWS::IAM::Role' || !role.Properties) return `it has no role ${name}`;
    role.Properties['AssumeRolePolicyDocument'] = trust(deployers);
  }
  const policy = bucketPolicySchema.safeParse(Resources['StagingBucketPolicy']?.Properties);
  if (!policy.success) return 'it has no StagingBucketPolicy as expected';
  policy.data.PolicyDocument.Statement.push(...assetsByThePublisher);
  Resources['StagingBucketPolicy'] = { Type: 'AWS::S3::BucketPolicy', Properties: policy.data };
  const open = Object.entries(Resources).find(([name, one]) => !isAssumedRole(name) && trustsAccounts(one));
  return open ? `its role ${open[0]} trusts principals that this command does not know` : template;
};

const isAssumedRole = (name: string): boolean => (assumedRoles as readonly string[]).includes(name);

/** Only a trust policy that names services alone is left as it is. */
const trustsAccounts = ({ Type, Properties }: z.infer<typeof resource>): boolean =>
  Type === 'AWS::IAM::Role' &&
  /"AWS":|"Federated":|"Principal":"\*"/.test(JSON.stringify(Properties?.['AssumeRolePolicyDocument'] ?? '"AWS":'));

/**
 * The account with the roles in a condition: IAM refuses the ARN of a role that does not exist yet, and forgets one that
 * is made again. No template parameter, since the CDK command passes none of its own and keeps the previous value.
 */
const trust = (deployers: readonly string[]) => {
  const accounts = [...new Set(deployers.map((arn) => `${arn.split(':').slice(0, 5).join(':')}:root`))];
  const statement = { Effect: 'Allow', Principal: { AWS: accounts } };
  const isDeployer = { ArnEquals: { 'aws:PrincipalArn': [...deployers] } };
  const denyExternalId = { 'Fn::If': ['ShouldDenyExternalId', { 'sts:ExternalId': 'true' }, { Ref: 'AWS::NoValue' }] };
  return {
    Version: '2012-10-17',
    Statement: [
      { ...statement, Action: 'sts:AssumeRole', Condition: { ...isDeployer, Null: denyExternalId } },
      { ...statement, Action: 'sts:TagSession', Condition: isDeployer },
    ],
  };
};

/** An asset that somebody else writes over is code that the next deployment gives to a function. */
const assetsByThePublisher = [
  {
    Sid: 'AssetsByThePublisher',
    Effect: 'Deny',
    Principal: '*',
    Action: ['s3:DeleteObject*', 's3:PutObject*'],
    Resource: { 'Fn::Sub': '${StagingBucket.Arn}/*' },
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': ['FilePublishingRole', 'Arn'] } } },
  },
] as const;

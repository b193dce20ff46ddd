/** Small stacks of which the pairs of the PCI DSS rules are made. */
import { type Stack, RemovalPolicy, type CfnResource } from 'aws-cdk-lib';
import { CfnTrail } from 'aws-cdk-lib/aws-cloudtrail';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnManagedPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnResourcePolicy, CfnRotationSchedule, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';

export type Build = (stack: Stack) => unknown;

export interface Pair {
  readonly rule: string;
  readonly what: string;
  readonly compliant: Build;
  readonly nonCompliant: Build;
}

export const account = '444455556666';
export const keyArn = `arn:aws:kms:eu-west-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const functionArn = `arn:aws:lambda:eu-west-1:${account}:function:rotate`;
export const root = `arn:aws:iam::${account}:root`;

export const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });
export const allow = (change: object) => ({ Effect: 'Allow', ...change });

export const identity =
  (statement: object): Build =>
  (stack) =>
    new CfnManagedPolicy(stack, 'Policy', { policyDocument: document(allow({ Resource: keyArn, ...statement })) });

export const administrate = allow({ Principal: { AWS: root }, Action: ['kms:PutKeyPolicy'], Resource: '*' });
export const use = allow({
  Principal: { AWS: root },
  Action: ['kms:Decrypt'],
  Resource: '*',
  Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
});

export const key =
  (change: Partial<ConstructorParameters<typeof CfnKey>[2]> = {}, ...statements: object[]): Build =>
  (stack) => {
    const keyPolicy = document(...(statements.length > 0 ? statements : [administrate, use]));
    const made = new CfnKey(stack, 'Key', { keyPolicy, enableKeyRotation: true, ...change });
    made.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  };

export const secret =
  (change: ConstructorParameters<typeof CfnSecret>[2] = {}): Build =>
  (stack) =>
    new CfnSecret(stack, 'Secret', { kmsKeyId: 'alias/strongroom/prod/high', ...change });

export const rotated =
  (scheduleExpression: string, change: object = { rotationLambdaArn: functionArn }): Build =>
  (stack) =>
    new CfnRotationSchedule(stack, 'Schedule', {
      secretId: new CfnSecret(stack, 'Secret', {}).ref,
      rotationRules: { scheduleExpression },
      ...change,
    });

export const fenced =
  (statement: object): Build =>
  (stack) =>
    new CfnResourcePolicy(stack, 'Fence', {
      secretId: new CfnSecret(stack, 'Secret', {}).ref,
      resourcePolicy: document({
        Principal: '*',
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
        ...statement,
      }),
    });

export const role =
  (change: object, ...trust: object[]): Build =>
  (stack) =>
    new CfnRole(stack, 'Role', {
      assumeRolePolicyDocument: document(...trust.map((one) => allow({ Action: 'sts:AssumeRole', ...one }))),
      ...change,
    });

export const handler =
  (variables: Record<string, string>): Build =>
  (stack) =>
    new CfnFunction(stack, 'Function', {
      code: {},
      role: `arn:aws:iam::${account}:role/r`,
      environment: { variables },
    });

export const database =
  (masterUserPassword?: (stack: Stack) => string): Build =>
  (stack) =>
    new CfnDBInstance(stack, 'Database', {
      ...(masterUserPassword && { masterUserPassword: masterUserPassword(stack) }),
    });

export const selector = { includeManagementEvents: true, readWriteType: 'All' };

export const trail =
  (change: object = {}, around: Build = () => undefined): Build =>
  (stack) => {
    new CfnTrail(stack, 'Trail', {
      s3BucketName: 'files',
      isLogging: true,
      isMultiRegionTrail: true,
      enableLogFileValidation: true,
      eventSelectors: [selector],
      kmsKeyId: keyArn,
      ...change,
    });
    around(stack);
  };

export const closed = {
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

/** A trail with its bucket and the log of the accesses to it. */
export const files =
  (change: object = {}, policy = RemovalPolicy.RETAIN): Build =>
  (stack) => {
    const shared = { publicAccessBlockConfiguration: closed, versioningConfiguration: { status: 'Enabled' } };
    const log = new CfnBucket(stack, 'Log', shared);
    const loggingConfiguration = { destinationBucketName: log.ref };
    const bucket = new CfnBucket(stack, 'Files', { ...shared, loggingConfiguration, ...change });
    log.applyRemovalPolicy(RemovalPolicy.RETAIN);
    bucket.applyRemovalPolicy(policy);
    trail({ s3BucketName: bucket.ref })(stack);
  };

export const lifecycle = (rule: object) =>
  files({ lifecycleConfiguration: { rules: [{ status: 'Enabled', ...rule }] } });

export const alarm = (stack: Stack, namespace: string, change: object = {}): CfnResource =>
  new CfnAlarm(stack, `Alarm-${namespace}`, {
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    evaluationPeriods: 1,
    namespace,
    alarmActions: [`arn:aws:sns:eu-west-1:${account}:oncall`],
    ...change,
  });

export const lane =
  (...namespaces: string[]): Build =>
  (stack) => {
    new CfnRule(stack, 'Rule', {
      eventPattern: { source: ['aws.secretsmanager'] },
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
    });
    for (const namespace of namespaces) alarm(stack, namespace);
  };

import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CloudTrailClient,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { deployFunction } from '../../../_helpers/deployed-function.ts';
import { account, administratorOf, region } from './local-aws.ts';
import { patience } from '../../../_helpers/patience.ts';

const waiting = { minDelay: 1, maxDelay: 1, maxWaitTime: 300 };

describe('the CloudFormation of the local AWS', () => {
  let aws: LocalAws;
  let cloudFormation: CloudFormationClient;
  const defects: unknown[] = [];

  beforeAll(async () => {
    aws = await startLocalAws({
      accounts: [account],
      region,
      retry: { attempts: 1, delayMs: () => 0 },
      onDefect: (error) => defects.push(error),
    });
    cloudFormation = new CloudFormationClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
  });

  afterAll(async () => {
    cloudFormation.destroy();
    await aws.stop();
    expect(defects).toEqual([]);
  });

  const templateOf = (resources: unknown, outputs: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      Resources: resources,
      Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
    });

  const create = async (name: string, resources: unknown, outputs: Readonly<Record<string, unknown>> = {}) => {
    await cloudFormation.send(
      new CreateStackCommand({ StackName: name, TemplateBody: templateOf(resources, outputs) }),
    );
    await waitUntilStackCreateComplete({ client: cloudFormation, ...waiting }, { StackName: name });
    return outputsOf(name);
  };

  const update = async (name: string, resources: unknown) => {
    await cloudFormation.send(new UpdateStackCommand({ StackName: name, TemplateBody: templateOf(resources, {}) }));
    await waitUntilStackUpdateComplete({ client: cloudFormation, ...waiting }, { StackName: name });
  };

  const remove = async (name: string) => {
    await cloudFormation.send(new DeleteStackCommand({ StackName: name }));
    await waitUntilStackDeleteComplete({ client: cloudFormation, ...waiting }, { StackName: name });
  };

  const outputsOf = async (name: string): Promise<Record<string, string>> => {
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: name }));
    return Object.fromEntries(
      (Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    );
  };

  const generated = (
    extra: Readonly<Record<string, unknown>> = {},
    options: Readonly<Record<string, unknown>> = {},
  ) => ({
    Type: 'AWS::SecretsManager::Secret',
    Properties: {
      GenerateSecretString: {
        SecretStringTemplate: '{"username":"app"}',
        GenerateStringKey: 'password',
        PasswordLength: 24,
        ...options,
      },
      ...extra,
    },
  });

  it('refers to a secret by its ARN', async () => {
    const { ref } = await create(
      'by-arn',
      { Secret: generated({ Name: 'corrections/by-arn' }) },
      { ref: { Ref: 'Secret' } },
    );

    expect(ref).toMatch(/^arn:aws:secretsmanager:eu-west-1:111122223333:secret:corrections\/by-arn-\w{6}$/);
  });

  it('marks a secret as one of its stack, and an update of its tags leaves the marks', async () => {
    const { secrets } = administratorOf(aws);
    const marks = [
      { Key: 'aws:cloudformation:stack-name', Value: 'marked' },
      { Key: 'aws:cloudformation:logical-id', Value: 'Secret' },
    ];
    const tags = async () => (await secrets.send(new DescribeSecretCommand({ SecretId: 'corrections/marked' }))).Tags;
    await create('marked', {
      Secret: generated({ Name: 'corrections/marked', Tags: [{ Key: 'owner', Value: 'us' }] }),
    });
    expect(await tags()).toEqual(expect.arrayContaining([...marks, { Key: 'owner', Value: 'us' }]));

    await update('marked', {
      Secret: generated({ Name: 'corrections/marked', Tags: [{ Key: 'owner', Value: 'them' }] }),
    });
    expect(await tags()).toEqual(expect.arrayContaining([...marks, { Key: 'owner', Value: 'them' }]));
  });

  it('generates a value by every option of the block', async () => {
    const { secrets } = administratorOf(aws);
    const options = { PasswordLength: 200, ExcludePunctuation: true, ExcludeCharacters: '01', ExcludeUppercase: true };
    await create('options', { Secret: generated({ Name: 'corrections/options' }, options) });

    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'corrections/options' }));
    const { username, password } = JSON.parse(SecretString!) as Record<string, string>;

    expect(username).toBe('app');
    expect(password).toMatch(/^[a-z2-9]{200}$/);
  });

  it('generates once: another template keeps the value while the block is the same, and replaces it when not', async () => {
    const { secrets } = administratorOf(aws);
    const value = async () =>
      (await secrets.send(new GetSecretValueCommand({ SecretId: 'corrections/constant' }))).SecretString;
    await create('constant', { Secret: generated({ Name: 'corrections/constant' }) });
    const first = await value();

    await update('constant', {
      Secret: generated({ Name: 'corrections/constant', Tags: [{ Key: 'owner', Value: 'us' }] }),
    });
    const { Versions } = await secrets.send(new ListSecretVersionIdsCommand({ SecretId: 'corrections/constant' }));
    expect(await value()).toBe(first);
    expect(Versions).toHaveLength(1);

    await update('constant', { Secret: generated({ Name: 'corrections/constant' }, { PasswordLength: 30 }) });
    expect(await value()).not.toBe(first);
  });

  it('gives no value to a secret that declares none', async () => {
    await create('supplied', {
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'corrections/supplied' } },
    });
    const { secrets } = administratorOf(aws);

    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'corrections/supplied' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('fails on a name that is taken, and leaves the secret that has it alone', async () => {
    const { secrets } = administratorOf(aws);
    await secrets.send(new CreateSecretCommand({ Name: 'corrections/taken', SecretString: 'first' }));

    await expect(create('taken', { Secret: generated({ Name: 'corrections/taken' }) })).rejects.toThrow();

    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'corrections/taken' }));
    expect(SecretString).toBe('first');
  });

  it('puts, changes and removes the policy of a secret', async () => {
    const { secrets } = administratorOf(aws);
    const secret = generated({ Name: 'corrections/policy' });
    const resourcePolicy = (action: string) => ({
      Type: 'AWS::SecretsManager::ResourcePolicy',
      Properties: {
        SecretId: { Ref: 'Secret' },
        ResourcePolicy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Deny', Principal: '*', Action: action, Resource: '*' }],
        },
      },
    });
    const attached = async () =>
      (await secrets.send(new GetResourcePolicyCommand({ SecretId: 'corrections/policy' }))).ResourcePolicy;

    await create('policy', { Secret: secret, Policy: resourcePolicy('secretsmanager:DeleteSecret') });
    expect(await attached()).toContain('secretsmanager:DeleteSecret');

    await update('policy', { Secret: secret, Policy: resourcePolicy('secretsmanager:TagResource') });
    expect(await attached()).toContain('secretsmanager:TagResource');

    await update('policy', { Secret: secret });
    expect(await attached()).toBeUndefined();
  });

  it('makes a trail that logs where it is told', async () => {
    const cloudTrail = new CloudTrailClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
    const trail = {
      Type: 'AWS::CloudTrail::Trail',
      Properties: {
        TrailName: 'corrections',
        S3BucketName: { Ref: 'Bucket' },
        IsLogging: true,
        EnableLogFileValidation: true,
        IsMultiRegionTrail: true,
        EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
      },
    };
    const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'corrections-trail' } };

    const { arn } = await create(
      'trail',
      { Bucket: bucket, Trail: trail },
      { arn: { 'Fn::GetAtt': ['Trail', 'Arn'] } },
    );

    expect((await cloudTrail.send(new GetTrailCommand({ Name: 'corrections' }))).Trail).toMatchObject({
      TrailARN: arn,
      S3BucketName: 'corrections-trail',
      LogFileValidationEnabled: true,
      IsMultiRegionTrail: true,
    });
    expect(await cloudTrail.send(new GetTrailStatusCommand({ Name: 'corrections' }))).toMatchObject({
      IsLogging: true,
    });
    const { EventSelectors } = await cloudTrail.send(new GetEventSelectorsCommand({ TrailName: 'corrections' }));
    expect(EventSelectors?.[0]).toMatchObject({ ReadWriteType: 'WriteOnly' });

    await remove('trail');
    await expect(cloudTrail.send(new GetTrailCommand({ Name: 'corrections' }))).rejects.toMatchObject({
      name: 'TrailNotFoundException',
    });
    cloudTrail.destroy();
  });

  it('keeps an alarm on an expression over several metrics', async () => {
    const alarm = (threshold: number, more: Readonly<Record<string, unknown>> = {}) => ({
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmName: 'expression',
          ComparisonOperator: 'GreaterThanThreshold',
          EvaluationPeriods: 1,
          Threshold: threshold,
          Metrics: [
            { Id: 'both', Expression: 'MAX([one, other])', ReturnData: true },
            ...['one', 'other'].map((Id) => ({
              Id,
              MetricStat: { Metric: { Namespace: 'Ours', MetricName: Id }, Period: 300, Stat: 'Maximum' },
              ReturnData: false,
            })),
          ],
          ...more,
        },
      },
    });
    expect(await create('expression', alarm(1), { ref: { Ref: 'Alarm' } })).toEqual({ ref: 'expression' });
    await update('expression', alarm(2));
    await expect(update('expression', alarm(2, { Namespace: 'Ours', MetricName: 'one' }))).rejects.toThrow();
  });

  it('knows what hands a role to a pod and to a server outside of AWS', async () => {
    const { association, profile } = await create(
      'workloads',
      {
        Association: {
          Type: 'AWS::EKS::PodIdentityAssociation',
          Properties: {
            ClusterName: 'shop',
            Namespace: 'shop',
            ServiceAccount: 'batch',
            RoleArn: 'arn:aws:iam::1:role/r',
          },
        },
        Profile: { Type: 'AWS::RolesAnywhere::Profile', Properties: { Name: 'backup', RoleArns: [], Enabled: true } },
      },
      { association: { Ref: 'Association' }, profile: { 'Fn::GetAtt': ['Profile', 'ProfileArn'] } },
    );

    expect(association).toMatch(
      new RegExp(`^arn:aws:eks:${region}:${account}:podidentityassociation/shop/a-[0-9a-z]{17}$`),
    );
    expect(profile).toMatch(new RegExp(`^arn:aws:rolesanywhere:${region}:${account}:profile/[0-9a-f-]{36}$`));
    await remove('workloads');
  });

  it('schedules rotation with the secret, and ends it with the schedule', async () => {
    const { secrets } = administratorOf(aws);
    const functionArn = await deployFunction(
      { endpoint: aws.endpoint, region, credentials: aws.accounts[account]! },
      {
        name: 'corrections-rotation',
        entry: join(import.meta.dirname, 'who-am-i.ts'),
        account,
        allow: ['secretsmanager:ListSecrets'],
        invokedBy: 'secretsmanager.amazonaws.com',
      },
    );
    const secret = generated({ Name: 'corrections/rotated' });
    const schedule = {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: {
        SecretId: { Ref: 'Secret' },
        RotationLambdaARN: functionArn,
        RotationRules: { ScheduleExpression: 'rate(30 days)', Duration: '2h' },
        RotateImmediatelyOnUpdate: false,
      },
    };
    const described = () => secrets.send(new DescribeSecretCommand({ SecretId: 'corrections/rotated' }));

    await create('rotated', { Secret: secret, Schedule: schedule });
    await vi.waitFor(async () => {
      expect(await described()).toMatchObject({
        RotationEnabled: true,
        RotationLambdaARN: functionArn,
        RotationRules: { ScheduleExpression: 'rate(30 days)', Duration: '2h' },
      });
    }, patience);

    await update('rotated', { Secret: secret });
    await vi.waitFor(async () => {
      expect(await described()).toMatchObject({ RotationEnabled: false });
    }, patience);
  });
});

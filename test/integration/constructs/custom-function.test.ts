/** A rotation function of somebody else's: it rotates the secret that names it, and its role can do no more. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CancelRotateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectInventory } from '../../../cli/adapters/inventory.ts';
import type { ExistingSecret } from '../../../cli/operators/existing-secret.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { organisationYaml } from '../../_helpers/catalog-folder.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';
import type { CustomFunctionRequest } from './custom-function-app.ts';

const account = '111122223333';
const region = 'eu-west-1';
const roleArn = `arn:aws:iam::${account}:role/rotate-stripe`;

describe('a rotation function of your own', { timeout: 600_000 }, () => {
  let folder: string;
  let catalog: string;
  let aws: LocalAws;
  let administrator: SecretsManagerClient;
  /** With the credentials that the function has. */
  let rotator: SecretsManagerClient;
  /** What `strongroom import` would learn. */
  let inventoried: readonly ExistingSecret[];
  const defects: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-custom-function-'));
    aws = await startLocalAws({
      accounts: [account],
      region,
      onDefect: (error) => defects.push(error),
    });
    const { endpoint } = aws;
    const { env, accessKeyId, secretAccessKey } = aws.accounts[account]!;
    const credentials = { accessKeyId, secretAccessKey };
    const functionArn = await deployFunction(
      { endpoint, region, credentials },
      {
        name: 'rotate-stripe',
        entry: join(import.meta.dirname, 'custom-function.ts'),
        account,
        // The role may be given anything: the policies of the secrets say what it can do.
        allow: ['secretsmanager:*', 'kms:*'],
      },
    );
    const app = [
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      join(import.meta.dirname, 'custom-function-app.ts'),
    ];
    await writeFile(join(folder, 'cdk.json'), JSON.stringify({ app: app.map((word) => `"${word}"`).join(' ') }));
    catalog = join(folder, 'catalog');
    await mkdir(catalog);
    await writeFile(join(catalog, 'organisation.yaml'), organisationYaml);
    const rotation = `{ function: '${functionArn}', role: '${roleArn}', every: 30d }`;
    await writeFile(
      join(catalog, 'payments.yaml'),
      `application: payments
owner: team-payments
contact: oncall
environments: [dev]
consumers: {}
secrets: { stripe: { class: api-key, readers: [], rotation: ${rotation} } }
`,
    );
    const request: CustomFunctionRequest = { account, region, functionArn, roleArn };
    const deploy = (args: readonly string[]) =>
      cdk(args, {
        cwd: folder,
        environment: { ...env, HOME: folder, CUSTOM_FUNCTION: JSON.stringify(request) },
        signal: AbortSignal.timeout(500_000),
      });
    await deploy(['bootstrap', `aws://${account}/${region}`]);
    await deploy(['deploy', '--require-approval', 'never']);
    administrator = new SecretsManagerClient({ endpoint, region, credentials });
    const session = await aws.assumeForService({ service: 'lambda.amazonaws.com', roleArn, sessionName: 'function' });
    rotator = new SecretsManagerClient({ endpoint, region, credentials: session });
    const operator = await aws.assumeForService({
      service: 'lambda.amazonaws.com',
      roleArn: `arn:aws:iam::${account}:role/operator`,
      sessionName: 'operator',
    });
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const inventory = connectInventory(region);
    inventoried = await inventory.find({ prefix: 'dev/payments/' });
    inventory.close();
    vi.stubEnv('AWS_ACCESS_KEY_ID', operator.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', operator.secretAccessKey);
    vi.stubEnv('AWS_SESSION_TOKEN', operator.sessionToken);
  }, 600_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    administrator.destroy();
    rotator.destroy();
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
    expect(defects).toEqual([]);
  });

  /** After whatever runs has ended: Secrets Manager tests the function once its schedule exists. */
  const described = async (SecretId = 'dev/payments/stripe') => {
    const { ARN } = await administrator.send(new DescribeSecretCommand({ SecretId }));
    await aws.rotations.settled(ARN!);
    return administrator.send(new DescribeSecretCommand({ SecretId }));
  };

  const run = (verb: string, args: readonly string[]) =>
    strongroom([verb, 'payments/stripe', ...args, '--catalog', catalog, '--environment', 'dev'], {
      now: () => new Date(),
    });

  it('is attached by the deployment, which rotates nothing', async () => {
    const { RotationEnabled, RotationLambdaARN, LastRotatedDate } = await described();
    expect(RotationEnabled).toBe(true);
    expect(RotationLambdaARN).toBe(`arn:aws:lambda:${region}:${account}:function:rotate-stripe`);
    expect(LastRotatedDate).toBeUndefined();
  });

  it('is what import finds, with its role', () => {
    expect(inventoried.map(({ name, rotation }) => [name, rotation])).toEqual([
      ['dev/payments/other', undefined],
      [
        'dev/payments/stripe',
        {
          functionArn: `arn:aws:lambda:${region}:${account}:function:rotate-stripe`,
          roleArn,
          schedule: 'rate(30 days)',
        },
      ],
    ]);
  });

  it('rotates the secret, which rotate --wait follows to its end', async () => {
    const before = await described();
    const { exitCode, stderr } = await run('rotate', ['--wait']);
    expect(exitCode, stderr).toBe(0);
    const after = await described();
    expect(after.LastRotatedDate).toBeInstanceOf(Date);
    expect(labelled(after, 'AWSPREVIOUS')).toBe(labelled(before, 'AWSCURRENT'));
    expect(labelled(after, 'AWSCURRENT')).not.toBe(labelled(before, 'AWSCURRENT'));
    expect(after.Tags?.map(({ Key }) => Key)).not.toContainEqual(expect.stringMatching(/^strongroom:pending/));
  });

  it.each(['preflight', 'diagnose'])('%s says that it can not look at the function', async (verb) => {
    const { exitCode, stdout } = await run(verb, ['--json']);
    const { secrets } = JSON.parse(stdout) as { secrets: { note: string; findings: unknown[] }[] };
    expect(secrets[0]?.findings).toEqual([]);
    expect(secrets[0]?.note).toBe(
      'The rotation function rotate-stripe is not Strongroom’s: this command can’t look at the function, or try the credentials.',
    );
    expect(exitCode).toBe(0);
  });

  it('repair says so too', async () => {
    const { exitCode, stdout } = await run('repair', []);
    expect(stdout).toContain('The rotation function rotate-stripe is not Strongroom’s');
    expect(exitCode).toBe(0);
  });

  it('has a role that does the four steps with its secret, and nothing else', async () => {
    const { ARN: SecretId, VersionIdsToStages = {} } = await described();
    const { ARN: other } = await described('dev/payments/other');
    const [VersionId] = Object.keys(VersionIdsToStages);
    await expect(rotator.send(new GetSecretValueCommand({ SecretId }))).resolves.toBeDefined();
    const refused = [
      () => rotator.send(new GetSecretValueCommand({ SecretId, VersionId })),
      () => rotator.send(new GetSecretValueCommand({ SecretId: other })),
      () => rotator.send(new PutSecretValueCommand({ SecretId: other, SecretString: 'planted' })),
      () => rotator.send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'strongroom:pending/1', Value: '1' }] })),
      () => rotator.send(new DeleteSecretCommand({ SecretId })),
      () => rotator.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: '{}' })),
    ];
    for (const call of refused) await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  /** Sends what the rule sends every hour. */
  const watch = async (): Promise<unknown> => {
    const { endpoint } = aws;
    const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
    const configuration = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
    const events = new EventBridgeClient(configuration);
    const lambda = new LambdaClient(configuration);
    try {
      const { Rules } = await events.send(new ListRulesCommand({ NamePrefix: 'strongroom-dev-watch-' }));
      const [{ Arn, Input } = {}] =
        (await events.send(new ListTargetsByRuleCommand({ Rule: Rules?.[0]?.Name }))).Targets ?? [];
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: Arn, Payload: Input ?? '' }));
      return JSON.parse(Buffer.from(Payload ?? []).toString());
    } finally {
      events.destroy();
      lambda.destroy();
    }
  };

  it('is watched by a function that describes the secret, and has no other right', async () => {
    const { ARN: SecretId } = await described();
    const { ARN: other } = await described('dev/payments/other');
    expect(await watch()).toEqual({ secrets: 1, stuck: 0, overdue: 0 });
    const credentials = await aws.assumeForService({
      service: 'lambda.amazonaws.com',
      roleArn: `arn:aws:iam::${account}:role/strongroom-dev-watch`,
      sessionName: 'watch',
    });
    const watcher = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials });
    await expect(watcher.send(new DescribeSecretCommand({ SecretId }))).resolves.toBeDefined();
    for (const command of [
      () => watcher.send(new GetSecretValueCommand({ SecretId })),
      () => watcher.send(new DescribeSecretCommand({ SecretId: other })),
      () => watcher.send(new PutSecretValueCommand({ SecretId, SecretString: 'planted' })),
      () => watcher.send(new CancelRotateSecretCommand({ SecretId })),
    ]) {
      await expect(command()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    watcher.destroy();
  });

  it('is counted as overdue by the watch after its rotation is turned off', async () => {
    const { ARN: SecretId } = await described();
    const operator = new SecretsManagerClient({ endpoint: aws.endpoint, region });
    await operator.send(new CancelRotateSecretCommand({ SecretId }));
    operator.destroy();
    expect(await watch()).toEqual({ secrets: 1, stuck: 0, overdue: 1 });
  });
});

const labelled = ({ VersionIdsToStages = {} }: DescribeSecretResponse, label: string): string | undefined =>
  Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes(label))?.[0];

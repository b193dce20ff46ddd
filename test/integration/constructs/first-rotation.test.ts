/** When a deployment rotates: a new secret at once, and nothing that exists, whatever is changed about its schedule. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type DescribeSecretResponse,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSecrets, createSecretsManagerReader, type DatabaseCredential } from '../../../client/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import type { RotationRequest } from '../../../lib/contract/index.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { allow, assume, makeRole } from '../local/gateway-core/local-aws.ts';
import type { AppRequest } from './rotation-app.ts';

const account = '111122223333';
const region = 'eu-west-1';

describe('rotations that a deployment starts', { timeout: 600_000 }, () => {
  let folder: string;
  let aws: LocalAws;
  let postgres: LocalPostgres;
  let client: SecretsManagerClient;
  let operator: SecretsManagerClient;
  let request: AppRequest;
  const defects: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-first-rotation-'));
    const certificates = await createLocalCertificates();
    const certificateAuthorities = join(folder, 'ca.pem');
    await writeFile(certificateAuthorities, certificates.ca);
    postgres = await startPostgres({ certificates, databases: ['orders'] });
    aws = await startLocalAws({
      accounts: [account],
      region,
      lambdaEnvironment: { STRONGROOM_CERTIFICATE_AUTHORITIES: certificateAuthorities },
      onDefect: (error) => defects.push(error),
    });
    client = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
    const { host, port, adminUser, adminPassword } = postgres;
    await aws.rds.register({
      account,
      identifier: 'orders',
      engine: 'postgres',
      host,
      port,
      dbname: 'orders',
      adminUser,
      adminPassword,
      manageMasterUserPassword: true,
    });
    const app = [
      process.execPath,
      '--import',
      import.meta.resolve('tsx'),
      join(import.meta.dirname, 'rotation-app.ts'),
    ];
    await writeFile(join(folder, 'cdk.json'), JSON.stringify({ app: app.map((word) => `"${word}"`).join(' ') }));
    request = {
      account,
      region,
      // Far from any hour at which this test may run.
      schedule: { expression: `cron(0 ${(new Date().getUTCHours() + 12) % 24} ? * * *)`, duration: '1h' },
      secrets: {
        first: { scheduled: true },
        manual: { scheduled: false },
        broker: { scheduled: true, named: 'AmazonMSK_payments-broker' },
        shaped: { scheduled: true, named: '/dev/payments/shaped' },
      },
    };
    const roleArn = await makeRole(aws, 'operator', [allow(['secretsmanager:RotateSecret'])]);
    operator = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials: await assume(aws, roleArn) });
    await run(['bootstrap', `aws://${account}/${region}`]);
    await deploy();
  }, 600_000);

  afterAll(async () => {
    await aws.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
    expect(defects).toEqual([]);
  });

  const run = (args: readonly string[]) =>
    cdk(args, {
      cwd: folder,
      environment: { ...aws.accounts[account]!.env, HOME: folder, FIRST_ROTATION: JSON.stringify(request) },
      signal: AbortSignal.timeout(500_000),
    });

  const deploy = async (change: Partial<AppRequest> = {}): Promise<void> => {
    request = { ...request, ...change };
    await run(['deploy', '--require-approval', 'never']);
  };

  /** After whatever runs has ended. */
  const stateOf = async (SecretId: string): Promise<DescribeSecretResponse> => {
    const { ARN } = await client.send(new DescribeSecretCommand({ SecretId }));
    await aws.rotations.settled(ARN!);
    return client.send(new DescribeSecretCommand({ SecretId }));
  };

  const rotate = async (SecretId: string): Promise<void> => {
    await operator.send(new RotateSecretCommand({ SecretId }));
  };

  /** Asks the function of the network, as an operator does. */
  const invoke = async (payload: RotationRequest): Promise<void> => {
    const lambda = new LambdaClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
    const FunctionName = 'strongroom-dev-rotation-postgres-data';
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    expect(FunctionError, Payload?.transformToString()).toBeUndefined();
    lambda.destroy();
  };

  const hasUser = async (name: string): Promise<boolean> =>
    (await postgres.query(`SELECT FROM pg_roles WHERE rolname = '${name}'`)).length > 0;

  it('a new secret is rotated at once: its user is there', async () => {
    const { LastRotatedDate, RotationRules } = await stateOf('dev/payments/first');
    expect(LastRotatedDate).toBeInstanceOf(Date);
    expect(RotationRules?.ScheduleExpression).toBe(request.schedule.expression);
    expect(await hasUser('first')).toBe(true);
    expect(await hasUser('manual')).toBe(false);
  });

  it('a secret with a name of another shape is rotated, too, and read by its name in the catalog', async () => {
    const endpoint = { endpoint: aws.endpoint, region };
    const sts = new STSClient({ ...endpoint, credentials: aws.accounts[account]! });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/reader`, RoleSessionName: 'test' }),
    );
    const asReader = new SecretsManagerClient({
      ...endpoint,
      credentials: {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!,
      },
    });
    const secrets = createSecrets<Record<'broker' | 'shaped', DatabaseCredential>>({
      application: 'payments',
      environment: 'dev',
      nameTemplate: '/{environment}/{application}/{secret}',
      secretIds: { broker: 'AmazonMSK_payments-broker' },
      reader: createSecretsManagerReader({ client: asReader }),
    });
    for (const [name, fullName] of [
      ['broker', 'AmazonMSK_payments-broker'],
      ['shaped', '/dev/payments/shaped'],
    ] as const) {
      expect((await stateOf(fullName)).LastRotatedDate).toBeInstanceOf(Date);
      expect(await hasUser(name)).toBe(true);
      expect((await secrets.get(name)).username).toBe(name);
    }
    secrets.dispose();
    const fenced = client.send(new GetSecretValueCommand({ SecretId: 'AmazonMSK_payments-broker' }));
    await expect(fenced).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('a changed schedule rotates nothing, and takes effect', async () => {
    const before = await stateOf('dev/payments/first');
    const expression = request.schedule.expression.replace('* * *)', '* SUN *)');
    await deploy({ schedule: { ...request.schedule, expression } });
    const after = await stateOf('dev/payments/first');
    expect(after.RotationRules?.ScheduleExpression).toBe(expression);
    expect(after.LastRotatedDate).toEqual(before.LastRotatedDate);
    expect(currentIn(after)).toBe(currentIn(before));
  });

  it('a secret in use that gets a schedule is not rotated; one that is new beside it is', async () => {
    const before = await stateOf('dev/payments/manual');
    await deploy({ secrets: { ...request.secrets, manual: { scheduled: true }, second: { scheduled: true } } });
    const manual = await stateOf('dev/payments/manual');
    expect(manual.RotationEnabled).toBe(true);
    expect(manual.LastRotatedDate).toBeUndefined();
    expect(currentIn(manual)).toBe(currentIn(before));
    await stateOf('dev/payments/second');
    expect(await hasUser('second')).toBe(true);
    expect(await hasUser('manual')).toBe(false);
  });

  it('a secret that moves to another network rotates in its window, by the function of that network', async () => {
    const before = await stateOf('dev/payments/first');
    const secrets = { ...request.secrets, first: { scheduled: true, network: 'data' } };
    await deploy({ networks: ['data'], secrets });
    const moved = await stateOf('dev/payments/first');
    expect(moved.RotationLambdaARN).toMatch(/:strongroom-dev-rotation-postgres-data$/);
    expect(moved.Tags).toContainEqual({ Key: 'strongroom:network', Value: 'data' });
    expect(moved.LastRotatedDate).toEqual(before.LastRotatedDate);
    expect(currentIn(moved)).toBe(currentIn(before));
    await rotate('dev/payments/first');
    const after = await stateOf('dev/payments/first');
    expect(currentIn(after)).not.toBe(currentIn(before));
    expect(pendingIn(after)).toBeUndefined();
  });

  it('a move is refused while a rotation is under way, which then ends where it began', async () => {
    const refusals = (count: number) =>
      vi.waitFor(
        () => {
          expect(defects.map(String)).toEqual(
            Array.from(
              { length: count },
              () => expect.stringContaining("A previous rotation isn't complete") as string,
            ),
          );
        },
        { timeout: 120_000 },
      );
    await postgres.query('ALTER ROLE first NOLOGIN');
    await rotate('dev/payments/first');
    const stuck = await stateOf('dev/payments/first');
    expect(pendingIn(stuck)).toBeDefined();
    const home = { ...request.secrets, first: { scheduled: true } };
    const there = request.secrets;

    // The emulator's CloudFormation does not wait for the answer of Secrets Manager: what AWS's rolls back is deployed here.
    await deploy({ secrets: home });
    await refusals(1);
    await deploy({ secrets: there });
    await refusals(2);
    defects.length = 0;

    const kept = await stateOf('dev/payments/first');
    expect(pendingIn(kept)).toBe(pendingIn(stuck));
    expect(currentIn(kept)).toBe(currentIn(stuck));
    expect(kept.RotationLambdaARN).toBe(stuck.RotationLambdaARN);
    await postgres.query('ALTER ROLE first LOGIN');
    await invoke({ Action: 'rollForward', SecretId: kept.ARN!, ClientRequestToken: pendingIn(kept)! });
    const ended = await stateOf('dev/payments/first');
    expect(currentIn(ended)).toBe(pendingIn(stuck));
    expect(pendingIn(ended)).toBeUndefined();

    await deploy({ secrets: home });
    const back = await stateOf('dev/payments/first');
    expect(back.RotationLambdaARN).toMatch(/:strongroom-dev-rotation-postgres$/);
    expect(currentIn(back)).toBe(currentIn(ended));
  });

  it('an adopted secret is not rotated', async () => {
    const value = JSON.stringify({ engine: 'postgres', username: 'legacy', password: 'in-use' });
    const { ARN } = await client.send(new CreateSecretCommand({ Name: 'legacy/orders', SecretString: value }));
    const before = await stateOf(ARN!);
    await deploy({ secrets: { ...request.secrets, legacy: { scheduled: true, adopted: ARN! } } });
    const after = await stateOf(ARN!);
    expect(after.RotationEnabled).toBe(true);
    expect(after.LastRotatedDate).toBeUndefined();
    expect(after.VersionIdsToStages).toEqual(before.VersionIdsToStages);
  });
});

const versionWith =
  (label: string) =>
  ({ VersionIdsToStages = {} }: DescribeSecretResponse): string | undefined =>
    Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes(label))?.[0];
const currentIn = versionWith('AWSCURRENT');

const pendingIn = (state: DescribeSecretResponse): string | undefined => {
  const pending = versionWith('AWSPENDING')(state);
  return pending === currentIn(state) ? undefined : pending;
};

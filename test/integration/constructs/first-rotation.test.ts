/** When a deployment rotates: a new secret at once, and nothing that exists, whatever is changed about its schedule. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretResponse,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { AppRequest } from './rotation-app.ts';

const account = '111122223333';
const region = 'eu-west-1';

describe('rotations that a deployment starts', { timeout: 600_000 }, () => {
  let folder: string;
  let aws: LocalAws;
  let postgres: LocalPostgres;
  let client: SecretsManagerClient;
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
      secrets: { first: { scheduled: true }, manual: { scheduled: false } },
    };
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

  const hasUser = async (name: string): Promise<boolean> =>
    (await postgres.query(`SELECT FROM pg_roles WHERE rolname = '${name}'`)).length > 0;

  it('a new secret is rotated at once: its user is there', async () => {
    const { LastRotatedDate, RotationRules } = await stateOf('dev/payments/first');
    expect(LastRotatedDate).toBeInstanceOf(Date);
    expect(RotationRules?.ScheduleExpression).toBe(request.schedule.expression);
    expect(await hasUser('first')).toBe(true);
    expect(await hasUser('manual')).toBe(false);
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

const currentIn = ({ VersionIdsToStages = {} }: DescribeSecretResponse): string | undefined =>
  Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT'))?.[0];

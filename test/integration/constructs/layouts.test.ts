/** A database, its secret and its reader from one app, in one stack and in several: deployed, rotated and read. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import type { Layout, LayoutsRequest } from './layout-app.ts';

const account = '111122223333';
const region = 'eu-west-1';

/** By the name of the environment. */
const layouts: Record<string, Layout> = {
  one: { database: 'all', key: 'all', rotation: 'all', secret: 'all', reader: 'all' },
  three: { database: 'data', key: 'secrets', rotation: 'secrets', secret: 'secrets', reader: 'service' },
  five: { database: 'data', key: 'keys', rotation: 'rotation', secret: 'secrets', reader: 'service' },
  beside: { database: 'data', key: 'base', rotation: 'base', secret: 'data', reader: 'service' },
  served: { database: 'service', key: 'base', rotation: 'base', secret: 'secrets', reader: 'service' },
  rotated: { database: 'data', key: 'data', rotation: 'data', secret: 'secrets', reader: 'service' },
};

describe('an app with a database, its secret and a reader', { timeout: 600_000 }, () => {
  let folder: string;
  let aws: LocalAws;
  let certificates: LocalCertificates;
  let postgres: LocalPostgres;
  let administrator: SecretsManagerClient;
  const defects: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-layouts-'));
    certificates = await createLocalCertificates();
    const certificateAuthorities = join(folder, 'ca.pem');
    await writeFile(certificateAuthorities, certificates.ca);
    postgres = await startPostgres({ certificates, databases: ['orders'] });
    aws = await startLocalAws({
      accounts: [account],
      region,
      lambdaEnvironment: { STRONGROOM_CERTIFICATE_AUTHORITIES: certificateAuthorities },
      onDefect: (error) => defects.push(error),
    });
    administrator = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
    const { host, port, adminUser, adminPassword } = postgres;
    for (const environment of Object.keys(layouts)) {
      // The emulator's instance has no server: this one answers for it.
      await aws.rds.register({
        account,
        identifier: `orders-${environment}`,
        engine: 'postgres',
        host,
        port,
        dbname: 'orders',
        adminUser,
        adminPassword,
        manageMasterUserPassword: true,
      });
    }
    const app = [process.execPath, '--import', import.meta.resolve('tsx'), join(import.meta.dirname, 'layout-app.ts')];
    await writeFile(join(folder, 'cdk.json'), JSON.stringify({ app: app.map((word) => `"${word}"`).join(' ') }));
    const request: LayoutsRequest = { account, region, layouts };
    const run = (args: readonly string[]) =>
      cdk(args, {
        cwd: folder,
        environment: { ...aws.accounts[account]!.env, HOME: folder, LAYOUTS: JSON.stringify(request) },
        signal: AbortSignal.timeout(1_100_000),
      });
    await run(['bootstrap', `aws://${account}/${region}`]);
    await run(['deploy', '--all', '--concurrency', '4', '--require-approval', 'never']);
  }, 1_200_000);

  afterAll(async () => {
    administrator.destroy();
    await aws.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
    expect(defects).toEqual([]);
  });

  it.each(Object.entries(layouts).map(([name, layout]) => [name, new Set(Object.values(layout)).size] as const))(
    '%s, in stacks: %i',
    async (environment) => {
      const SecretId = `${environment}/payments/orders-db`;
      const { ARN } = await administrator.send(new DescribeSecretCommand({ SecretId }));
      await aws.rotations.settled(ARN!);
      const { LastRotatedDate, Tags } = await administrator.send(new DescribeSecretCommand({ SecretId }));
      expect(LastRotatedDate).toBeInstanceOf(Date);
      expect(Tags).toContainEqual({ Key: 'strongroom:rds', Value: `orders-${environment}` });
      const credentials = await aws.assumeForService({
        service: 'ecs-tasks.amazonaws.com',
        roleArn: `arn:aws:iam::${account}:role/${environment}-payments-api`,
        sourceArn: `arn:aws:ecs:${region}:${account}:task/local/1`,
        sessionName: 'task',
      });
      const reader = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials });
      const { SecretString } = await reader.send(new GetSecretValueCommand({ SecretId }));
      const { username, password } = JSON.parse(SecretString!) as { username: string; password: string };
      expect(username).toBe(`app_${environment}`);
      const { host, port } = postgres;
      const client = new pg.Client({
        host,
        port,
        database: 'orders',
        user: username,
        password,
        ssl: { ca: certificates.ca },
      });
      await client.connect();
      expect((await client.query('SELECT current_user')).rows).toEqual([{ current_user: username }]);
      await client.end();
      const [other] = Object.keys(layouts).filter((one) => one !== environment);
      await expect(
        reader.send(new GetSecretValueCommand({ SecretId: `${other!}/payments/orders-db` })),
      ).rejects.toMatchObject({ name: 'AccessDeniedException' });
      reader.destroy();
    },
  );
});

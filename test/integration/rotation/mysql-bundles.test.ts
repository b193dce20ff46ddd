import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rotationSteps, secretTag } from '../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import type { LocalMysql } from '../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';
import { prepareMysql, startFlavour, type MysqlUnderTest } from '../../_helpers/mysql-under-test.ts';
import { startStepServer, type StepServer } from '../../_helpers/step-server.ts';

const account = '111122223333';
const region = 'eu-west-1';
const flavours = ['mysql', 'mariadb'] as const;
type Flavour = (typeof flavours)[number];

let folder: string;
let ca: string;
let aws: LocalAws;
let steps: StepServer;
let client: SecretsManagerClient;
let functionArn: string;

/** The bundles as the construct makes them, and a function that leaves every rotation to the test. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-mysql-bundles-'));
  ca = join(folder, 'ca.pem');
  for (const flavour of flavours) {
    await mkdir(join(folder, flavour));
    await bundleFunction(`rotation-${flavour}`, join(folder, flavour));
  }
  steps = await startStepServer();
  steps.onStep(() => 'fail');
  aws = await startLocalAws({ accounts: [account], region, retry: { attempts: 1, delayMs: () => 1 } });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient(configuration);
  functionArn = await deployFunction(configuration, {
    name: 'failing',
    entry: join(import.meta.dirname, '../../_fixtures/rotation-function.ts'),
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    invokedBy: 'secretsmanager.amazonaws.com',
  });
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  await steps.close();
  await rm(folder, { recursive: true, force: true });
});

/** One invocation in a process of its own, as the runtime does it: what it throws, and all that it prints. */
const invoke = async (flavour: Flavour, event: unknown) => {
  const main = `
    const { handler } = await import('./index.mjs');
    const outcome = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 50_000 }).then(
      (report) => (report === undefined ? 'done' : JSON.stringify(report)),
      (error) => (console.error(error), error.name + ': ' + error.message),
    );
    console.log('OUTCOME ' + outcome);
    process.exit(0);`;
  const { all } = await execa(process.execPath, ['--input-type=module', '-e', main], {
    cwd: join(folder, flavour),
    all: true,
    timeout: 60_000,
    reject: false,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      ...aws.accounts[account]!.env,
      NODE_EXTRA_CA_CERTS: ca,
      STRONGROOM_ENVIRONMENT: 'dev',
      STRONGROOM_ENGINE: flavour,
    },
  });
  return { printed: all, outcome: /^OUTCOME (.*)$/m.exec(all)?.[1] };
};

describe.each(flavours)('the bundle for %s', (flavour) => {
  let server: LocalMysql;
  let under: MysqlUnderTest;

  beforeAll(async () => {
    const certificates = await createLocalCertificates();
    await writeFile(ca, certificates.ca);
    // One of the character sets whose tables the bundle is without.
    server = await startFlavour(flavour, { certificates, settings: ['character-set-server=sjis'] });
    under = await prepareMysql(flavour, server);
  });
  afterAll(async () => {
    await server.stop();
  });

  /** A secret of the user `app`, whose rotation has begun. */
  const beginRotation = async (name: string, password: string, token: string): Promise<string> => {
    const { host, port } = server;
    const place = { engine: flavour, host, port };
    const admin = `dev/payments/${flavour}-${name}-admin`;
    await client.send(
      new CreateSecretCommand({ Name: admin, SecretString: JSON.stringify({ ...place, ...under.admin }) }),
    );
    const tags = {
      [secretTag.environment]: 'dev',
      [secretTag.engine]: flavour,
      [secretTag.host]: host,
      [secretTag.port]: String(port),
      [secretTag.dbname]: 'public',
      [secretTag.username]: 'app',
      [secretTag.strategy]: name,
      [secretTag.grace]: '24h',
      [secretTag.admin]: admin,
    };
    const { ARN = '' } = await client.send(
      new CreateSecretCommand({
        Name: `dev/payments/${flavour}-${name}`,
        SecretString: JSON.stringify({ ...place, dbname: 'public', username: 'app', password }),
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    await client.send(
      new RotateSecretCommand({ SecretId: ARN, ClientRequestToken: token, RotationLambdaARN: functionArn }),
    );
    await aws.rotations.settled(ARN);
    return ARN;
  };

  it('makes the second user, hands its credential over and prints no secret', async () => {
    const password = 'canary-first-password';
    await under.addUser({ username: 'app', password });
    const token = randomUUID();
    const SecretId = await beginRotation('alternating-users', password, token);

    const printed: string[] = [];
    for (const Step of rotationSteps) {
      const result = await invoke(flavour, { Step, SecretId, ClientRequestToken: token });
      expect(result).toMatchObject({ outcome: 'done' });
      printed.push(result.printed);
    }

    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    const value = JSON.parse(SecretString) as { username: string; password: string };
    expect(value).toMatchObject({ engine: flavour, host: server.host, port: server.port, username: 'app_clone' });
    await under.database.login(under.address, value);
    for (const secret of [password, value.password, under.admin.password]) {
      expect(printed.join('\n')).not.toContain(secret);
    }
  });

  it('reads the refusal of a server that speaks another character set', async () => {
    const token = randomUUID();
    const SecretId = await beginRotation('single-user', 'canary-wrong-password', token);

    const { outcome = '', printed } = await invoke(flavour, { Action: 'check', SecretId });

    expect(JSON.parse(outcome)).toMatchObject({ credentials: { current: 'refused' } });
    expect(printed).not.toContain('canary-wrong-password');
  });

  it('is without the tables of character sets that no session here uses', async () => {
    const bundle = join(folder, flavour, 'index.mjs');
    expect((await stat(bundle)).size).toBeLessThan(550_000);
    // How the tables of Shift_JIS begin.
    expect(await readFile(bundle, 'utf8')).not.toContain('shiftjis');
  });
});

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import manifest from '../../../package.json' with { type: 'json' };
import { npmInstall, packed } from '../../_helpers/packed.ts';

const root = new URL('../../..', import.meta.url).pathname;

let app: string;

/** An application elsewhere that has installed the packed package, and nothing else. */
beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), 'strongroom-consumer-'));
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  await npmInstall(app, [await packed('client'), `@types/node@${manifest.devDependencies['@types/node']}`]);
});

afterAll(async () => {
  await rm(app, { recursive: true, force: true });
});

const runNode = async (source: string): Promise<string> => {
  await writeFile(join(app, 'main.js'), source);
  const { stdout } = await execa('node', ['main.js'], { cwd: app, env: { AWS_REGION: 'eu-west-1' } });
  return stdout;
};

/** The compiler's errors in the application's files, all checked as one program. */
const check = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
  for (const [name, source] of Object.entries(files)) await writeFile(join(app, name), source);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = await execa(
    'node',
    [compiler, '--ignoreConfig', ...options, '--types', 'node', ...Object.keys(files)],
    {
      cwd: app,
      reject: false,
    },
  );
  return stdout.split('\n').filter((line) => !line.startsWith('  ') && line !== '');
};

describe('the packed package', () => {
  it('gives plain Node the client, with no more than its two dependencies', async () => {
    const output = await runNode(`
      import * as client from '@strongroom/client';
      const reader = { read: async () => ({ text: 'sk_live', versionId: '1' }) };
      const secrets = client.createSecrets({ application: 'payments', environment: 'dev', reader });
      const key = await secrets.get('stripe-key');
      console.log(key.text.length, key, Object.keys(client).sort().join());
      client.createSecrets({ application: 'payments', environment: 'dev' }).dispose();
    `);
    expect(output).toBe(
      "7 TextSecret { text: '[redacted]' } DatabaseCredential,IamLogin,JsonSecret,SecretError,TextSecret,createRdsTokenSigner,createSecrets,createSecretsManagerReader,isLoginFailure",
    );
  });

  it('asks for the signer of RDS at the first login with IAM, and no sooner', async () => {
    const output = await runNode(`
      import { createSecrets } from '@strongroom/client';
      const secrets = createSecrets({ application: 'payments', environment: 'dev' });
      const database = { host: 'orders.c1.eu-west-1.rds.amazonaws.com', port: 5432, username: 'app' };
      secrets.iamConnection(database);
      await secrets.iamLogin(database).catch(({ code, message }) => console.log(code, message));
      secrets.dispose();
    `);
    expect(output).toBe(
      "unexpected can't sign a login of app at orders.c1.eu-west-1.rds.amazonaws.com:5432: the package @aws-sdk/rds-signer is not installed",
    );
  });

  it('gives nothing from inside', async () => {
    await expect(runNode(`import '@strongroom/client/client/parse-secret.js';`)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  it('holds what is built, and no test or local code', async () => {
    const built = await readdir(join(app, 'node_modules/@strongroom/client'));
    expect(built.sort()).toEqual(['LICENSE', 'client', 'docs', 'lib', 'package.json']);
  });

  it('types names and values as declared, and makes one look where nothing is', async () => {
    const errors = await check({
      'declared.ts': `
        import { createSecrets, SecretError } from '@strongroom/client';
        import type { SecretsDeclaration } from '@strongroom/client';
        const paymentsApi = {
          application: 'payments',
          consumer: 'api',
          secrets: { 'orders-db': 'database', 'stripe-key': 'api-key', oauth: 'oauth-client' },
          environments: { dev: {} },
        } as const satisfies SecretsDeclaration;
        export const secrets = createSecrets(paymentsApi);
        export const { host, port, password }: { host: string; port: number; password: string } = await secrets.get('orders-db');
        export const key: string = (await secrets.get('stripe-key', { signal: AbortSignal.timeout(100) })).text;
        export const id: unknown = (await secrets.refresh('oauth')).fields.id;
        export const rows: number = await secrets.use('orders-db', async ({ username }) => username.length);
        export const isMissing = (error: unknown) => error instanceof SecretError && error.code === 'not-found';
      `,
      'own.ts': `
        import { createSecrets, DatabaseCredential } from '@strongroom/client';
        const own = createSecrets<{ 'orders-db': DatabaseCredential }>({ application: 'orders', environment: 'dev' });
        export const password: string = (await own.get('orders-db')).password;
        export const untyped = await createSecrets({ application: 'orders', environment: 'dev' }).get('orders-db');
        export const host: string = untyped instanceof DatabaseCredential ? untyped.host : '';
      `,
      'wrong-name.ts': `import { secrets } from './declared.js';\nawait secrets.get('ordersdb');`,
      'wrong-field.ts': `import { secrets } from './declared.js';\n(await secrets.get('stripe-key')).password;`,
      'wrong-kind.ts': `import { untyped } from './own.js';\nuntyped.password;`,
      'wrong-code.ts': `import { SecretError } from '@strongroom/client';\nexport const is = (e: SecretError) => e.code === 'missing';`,
    });
    expect(errors.sort()).toEqual([
      expect.stringMatching(/^wrong-code\.ts.*no overlap/),
      expect.stringMatching(/^wrong-field\.ts.*'password' does not exist/),
      expect.stringMatching(/^wrong-kind\.ts.*'password' does not exist/),
      expect.stringMatching(/^wrong-name\.ts.*'"ordersdb"' is not assignable/),
    ]);
  });
});

describe("the command in a folder of the user's own", () => {
  let own: string;

  /** The catalog is the example's, committed and then changed. */
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'strongroom-own-app-'));
    await cp(join(root, 'catalog'), join(own, 'catalog'), { recursive: true });
    const git = (...args: readonly string[]) =>
      execa('git', ['-C', own, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
    await git('init');
    await git('add', 'catalog');
    await git('commit', '-m', 'first');
    const file = join(own, 'catalog/payments.yaml');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(
        'secrets:\n',
        'secrets:\n  new-key: { class: signing-key, readers: [] }\n',
      ),
    );
  });

  afterAll(async () => {
    await rm(own, { recursive: true, force: true });
  });

  it.each([
    ['without a cdk.json', undefined],
    ['with a cdk.json for an app of another kind', { app: 'python3 app.py', context: { only: 'nobody' } }],
  ])('plans a deployment %s', async (_, cdkJson) => {
    if (cdkJson) await writeFile(join(own, 'cdk.json'), JSON.stringify(cdkJson));
    const { exitCode, stdout } = await execa('node', [join(root, 'cli/strongroom.js'), 'deploy-plan', '--json'], {
      cwd: own,
      reject: false,
    });
    const plan = JSON.parse(stdout) as { stacks?: { stack: string; state: string }[] };
    expect(plan).toHaveProperty('stacks');
    expect(plan.stacks?.filter(({ state }) => state !== 'unchanged').map(({ stack }) => stack)).toEqual([
      'strongroom-dev-payments',
      'strongroom-prod-payments',
    ]);
    expect(exitCode).toBe(0);
  });
});

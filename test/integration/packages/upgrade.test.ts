/** An upgrade of `strongroom` as users do it: `npm update`, and a deployment of the same app. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';

import manifest from '../../../package.json' with { type: 'json' };
import { type PackageRegistry, startPackageRegistry } from '../../_helpers/package-registry.ts';

const root = path.resolve(import.meta.dirname, '../../..');

let registry: PackageRegistry;
let own: string;

beforeAll(async () => {
  registry = await startPackageRegistry();
  own = await mkdtemp(path.join(tmpdir(), 'strongroom-upgrade-'));
  await cp(path.join(root, 'catalog'), path.join(own, 'catalog'), { recursive: true });
});

afterAll(async () => {
  await registry.stop();
  await rm(own, { recursive: true, force: true });
});

const npm = (...args: readonly string[]) =>
  execa('npm', [...args, '--prefer-online', '--no-audit', '--no-fund', `--registry=${registry.url}`], { cwd: own });

const installedVersion = async (): Promise<unknown> =>
  (JSON.parse(await readFile(path.join(own, 'node_modules/strongroom/package.json'), 'utf8')) as { version: unknown })
    .version;

/** The templates of the catalog, by file. */
const synth = async (outdir: string): Promise<Record<string, unknown>> => {
  await execa('node', ['node_modules/strongroom/bin/app.js'], {
    cwd: own,
    env: { CDK_OUTDIR: path.join(own, outdir) },
  });
  const names = (await readdir(path.join(own, outdir))).filter((name) => name.endsWith('.template.json')).sort();
  const templates = names.map(async (name) => [
    name,
    JSON.parse(await readFile(path.join(own, outdir, name), 'utf8')) as unknown,
  ]);
  return Object.fromEntries(await Promise.all(templates)) as Record<string, unknown>;
};

it('npm update takes the newer version, and the app gives the same templates', async () => {
  await registry.publish('strongroom', '0.9.0');
  const { 'aws-cdk-lib': cdk, constructs } = manifest.devDependencies;
  const dependencies = { 'aws-cdk-lib': cdk, constructs, strongroom: '^0.9.0' };
  await writeFile(path.join(own, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await npm('install');
  expect(await installedVersion()).toBe('0.9.0');
  const before = await synth('before.out');
  expect(Object.keys(before).length).toBeGreaterThan(5);

  await registry.publish('strongroom', '0.9.1');
  await npm('update', 'strongroom');
  expect(await installedVersion()).toBe('0.9.1');
  expect(await synth('after.out')).toEqual(before);
});

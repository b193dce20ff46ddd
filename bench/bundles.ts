/** Size and import time of each function's bundle on Node 24, beside a bundle that holds the SDK's client alone. */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Table from 'cli-table3';
import { build } from 'esbuild';
import { execa } from 'execa';
import { z } from 'zod';
import { withAssembly, type Assembly } from './support/assembly.ts';
import { medianOf } from './support/median.ts';

const runs = 15;
const baselineName = '(Secrets Manager client alone)';

interface Bundle {
  readonly name: string;
  readonly file: string;
  /** Of the function, as deployed. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Figures {
  readonly name: string;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** Of the source map beside it; Node reads it when an error is written. */
  readonly mapBytes: number;
  /** Median of `await import(bundle)` in a fresh process, in milliseconds. */
  readonly importMs: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const { path: node, version } = await node24();
  const figures = await withAssembly({ bundle: true }, async (assembly) => {
    const baseline = await bundleBaseline();
    try {
      const measured: Figures[] = [];
      for (const bundle of [...(await bundlesOf(assembly)), baseline]) measured.push(await measure(bundle, node));
      return measured;
    } finally {
      await rm(join(baseline.file, '..'), { recursive: true, force: true });
    }
  });
  if (json) console.log(JSON.stringify({ node: version, runs, figures }, undefined, 2));
  else print(figures, version);
};

/** The Node of the Lambda runtime: this one if it is, else the one that npm has for this platform. */
const node24 = async (): Promise<{ path: string; version: string }> => {
  if (process.version.startsWith('v24.')) return { path: process.execPath, version: process.version };
  const npmPackage = `node-${process.platform}-${process.arch}@24`;
  const { stdout } = await execa(
    'npx',
    ['--yes', '-p', npmPackage, 'node', '-p', 'process.execPath + " " + process.version'],
    { timeout: 180_000 },
  );
  const [path, version] = (stdout.trim().split('\n').at(-1) ?? '').split(' ');
  if (!path || !version?.startsWith('v24.')) throw new Error(`${npmPackage} is no Node 24: it answered "${stdout}"`);
  return { path, version };
};

const functionSchema = z.object({
  FunctionName: z.string(),
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** Each bundle once: environments share them. */
const bundlesOf = async ({ folder, templates }: Assembly): Promise<Bundle[]> => {
  const files = await readdir(folder, { recursive: true });
  const bundles = new Map<string, Bundle>();
  for (const { resources } of templates) {
    for (const { Type, Properties } of Object.values(resources)) {
      if (Type !== 'AWS::Lambda::Function') continue;
      const { FunctionName, Code, Environment } = functionSchema.parse(Properties);
      const asset = `asset.${Code.S3Key.replace(/\.zip$/, '')}`;
      const file = files.find((path) => path.endsWith(join(asset, 'index.mjs')));
      if (file === undefined) throw new Error(`The assembly has no bundle for ${FunctionName}`);
      const name = FunctionName.replace(/^strongroom-[^-]+-/, '');
      bundles.set(name, { name, file: join(folder, file), variables: Environment.Variables });
    }
  }
  return [...bundles.values()];
};

/** Bundled as the functions are. */
const bundleBaseline = async (): Promise<Bundle> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-baseline-'));
  const file = join(folder, 'index.mjs');
  await build({
    stdin: {
      contents: `export { SecretsManagerClient, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
        import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
        export const client = new SecretsManagerClient({});`,
      resolveDir: import.meta.dirname,
    },
    outfile: file,
    bundle: true,
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return { name: baselineName, file, variables: {} };
};

const measure = async ({ name, file, variables }: Bundle, node: string): Promise<Figures> => {
  const code = await readFile(file);
  const script = `const start = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - start));
    process.exit(0);`;
  const times: number[] = [];
  for (let count = 0; count < runs; count++) {
    const { stdout } = await execa(node, ['--input-type=module', '-e', script], {
      extendEnv: false,
      env: { PATH: process.env['PATH'], AWS_REGION: 'eu-west-1', ...variables },
      timeout: 30_000,
    });
    times.push(Number(stdout));
  }
  return {
    name,
    bytes: code.byteLength,
    gzipBytes: (await promisify(gzip)(code)).byteLength,
    mapBytes: (await stat(`${file}.map`)).size,
    importMs: Math.round(medianOf(times) * 10) / 10,
  };
};

const print = (figures: readonly Figures[], version: string): void => {
  const baseline = figures.find(({ name }) => name === baselineName);
  const table = new Table({
    head: ['bundle', 'minified', 'gzip', 'source map', 'import', 'beside the SDK alone'],
    style: { head: [], border: [] },
  });
  for (const { name, bytes, gzipBytes, mapBytes, importMs } of figures) {
    const ratio = baseline ? `${(importMs / baseline.importMs).toFixed(2)}×` : '';
    table.push([name, kiloBytes(bytes), kiloBytes(gzipBytes), kiloBytes(mapBytes), `${importMs} ms`, ratio]);
  }
  console.log(table.toString());
  console.log(`Medians of ${runs} imports, each in a fresh process of Node ${version}.`);
};

const kiloBytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;

/** Size and import time of every function's bundle on Node 24, next to a bundle that holds only the SDK's client. */
import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import Table from 'cli-table3';
import { build } from 'esbuild';
import { execa } from 'execa';
import { auditDeliverVariables, auditVariables, rotationVariables } from '../lib/contract/index.ts';
import { bundleFunction } from '../test/_helpers/bundle-function.ts';
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
  /** Of the modules that a cold start loads. */
  readonly startBytes: number;
  readonly startGzipBytes: number;
  /** With the chunks that are loaded when they are needed: RDS's client, RDS's authorities, what the SDK loads late. */
  readonly allBytes: number;
  /** Median of `await import(bundle)` in a fresh process, in milliseconds. */
  readonly importMs: number;
}

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const { path: node, version } = await node24();
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bundles-'));
  try {
    const figures: Figures[] = [];
    for (const bundle of [...(await bundlesIn(folder)), await bundleBaseline(folder)]) {
      figures.push(await measure(bundle, node));
    }
    if (json) console.log(JSON.stringify({ node: version, runs, figures }, undefined, 2));
    else print(figures, version);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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
  if (!path || !version?.startsWith('v24.')) throw new Error(`${npmPackage} is not Node 24: it answered "${stdout}"`);
  return { path, version };
};

const lambdas = join(import.meta.dirname, '..', 'lambdas');

/** As the constructs bundle and set them up. */
const bundlesIn = async (folder: string): Promise<Bundle[]> => {
  const handlers = (await readdir(lambdas, { recursive: true })).filter((file) => basename(file) === 'handler.ts');
  const entries = handlers.map((file) => dirname(file));
  const bundles: Bundle[] = [];
  for (const name of entries.sort()) {
    const output = join(folder, name);
    await mkdir(output);
    await bundleFunction(name, output);
    bundles.push({ name, file: join(output, 'index.mjs'), variables: variablesOf(name) });
  }
  return bundles;
};

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/queue';

const variablesOf = (entry: string): Readonly<Record<string, string>> => {
  switch (entry) {
    case 'audit':
      return {
        [auditVariables.environment]: 'dev',
        [auditVariables.destinations]: JSON.stringify([{ name: 'siem', queueUrl, raw: false }]),
        [auditVariables.queue]: queueUrl,
        [auditVariables.quarantine]: queueUrl,
      };
    case 'audit-deliver':
      return {
        [auditDeliverVariables.environment]: 'dev',
        [auditDeliverVariables.destination]: JSON.stringify({
          name: 'siem',
          type: 'splunk-hec',
          url: 'https://splunk.example.com:8088',
          index: 'main',
          sourceType: 'ocsf:api_activity',
          view: 'ocsf',
          raw: false,
        }),
        [auditDeliverVariables.queue]: queueUrl,
        [auditDeliverVariables.deadLetters]: queueUrl,
        [auditDeliverVariables.ledger]: 'strongroom-dev-audit-ledger',
      };
    default:
      return { [rotationVariables.environment]: 'dev', [rotationVariables.engine]: entry.replace(/^rotation-/, '') };
  }
};

/** Bundled as the functions are. */
const bundleBaseline = async (folder: string): Promise<Bundle> => {
  const file = join(folder, 'baseline', 'index.mjs');
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

/** A module and the ones that it imports by name, not by `import()`. */
const loadedAtStart = async (file: string, known = new Set<string>()): Promise<ReadonlySet<string>> => {
  if (known.has(file)) return known;
  known.add(file);
  const code = await readFile(file, 'utf8');
  for (const [, path = ''] of code.matchAll(/(?:^|[;}])(?:import|export)\b[^;()]*?"(\.[^"]+\.mjs)"/gm)) {
    await loadedAtStart(join(dirname(file), path), known);
  }
  return known;
};

const measure = async ({ name, file, variables }: Bundle, node: string): Promise<Figures> => {
  const start = await Promise.all([...(await loadedAtStart(file))].map((module) => readFile(module)));
  const modules = (await readdir(dirname(file), { recursive: true })).filter(
    (path) => path.endsWith('.mjs') && !path.startsWith('cdk.out'),
  );
  const all = await Promise.all(modules.map((module) => readFile(join(dirname(file), module))));
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
    startBytes: sizeOf(start),
    startGzipBytes: (await promisify(gzip)(Buffer.concat(start))).byteLength,
    allBytes: sizeOf(all),
    importMs: Math.round(medianOf(times) * 10) / 10,
  };
};

const sizeOf = (files: readonly Buffer[]): number => files.reduce((sum, { byteLength }) => sum + byteLength, 0);

const print = (figures: readonly Figures[], version: string): void => {
  const baseline = figures.find(({ name }) => name === baselineName);
  const table = new Table({
    head: ['bundle', 'at start', 'gzip', 'with chunks', 'import', '× SDK alone'],
    style: { head: [], border: [] },
  });
  for (const { name, startBytes, startGzipBytes, allBytes, importMs } of figures) {
    const ratio = baseline ? `${(importMs / baseline.importMs).toFixed(2)}×` : '';
    table.push([name, kiloBytes(startBytes), kiloBytes(startGzipBytes), kiloBytes(allBytes), `${importMs} ms`, ratio]);
  }
  console.log(table.toString());
  console.log(`Medians of ${runs} imports, each in a fresh process of Node ${version}.`);
};

const kiloBytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;

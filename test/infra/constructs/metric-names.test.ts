/** The names of metrics: what alarms and constructs watch is what the bundles emit, and the other way round. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricName } from '../../../lib/contract/index.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
type Metric = keyof typeof metricName;
const metrics = Object.keys(metricName) as Metric[];

/** Emitted for dashboards and people: no alarm and no method of a construct watches them. */
const watchedByNone: readonly Metric[] = [
  'auditEventsUnconfirmed',
  'auditEventsQuarantined',
  'auditEventsDuplicate',
  // Queue and dead letters have the alarms.
  'pagesFailed',
  'pagesSent',
];

/** One for the engines of databases: their bundles differ by the driver. */
const entries = readdirSync(join(root, 'lambdas'), { withFileTypes: true })
  .filter((one) => one.isDirectory() && readdirSync(join(root, 'lambdas', one.name)).includes('handler.ts'))
  .map(({ name }) => name)
  .filter((name) => !name.startsWith('rotation-') || ['rotation-postgres', 'rotation-watch'].includes(name));

let emitted: ReadonlySet<Metric>;
const folder = mkdtempSync(join(tmpdir(), 'metrics-'));

beforeAll(async () => {
  for (const entry of entries) await bundleFunction(entry, join(folder, entry));
  const code = entries.flatMap((entry) => textsIn(join(folder, entry), /\.mjs$/));
  const sources = textsIn(join(root, 'lambdas'), /\.ts$/);
  emitted = new Set(
    metrics.filter(
      // In a bundle the table has a short name, so another object could have such a property.
      (metric) => code.some((text) => text.includes(`.${metric}`)) && sources.some((text) => reads(text, metric)),
    ),
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const watched = new Set(
  metrics.filter((metric) => textsIn(join(root, 'lib', 'constructs'), /\.ts$/).some((text) => reads(text, metric))),
);

/** The table itself is in each bundle: a function emits what it reads of it. */
function reads(text: string, metric: Metric): boolean {
  return new RegExp(String.raw`\bmetricName\.${metric}\b`).test(text);
}

function textsIn(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file) && !file.includes('cdk.out'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
}

test('a bundle emits each metric that an alarm or a method of a construct watches', () => {
  expect([...watched].filter((metric) => !emitted.has(metric))).toEqual([]);
});

test('an alarm or a method of a construct watches each metric that a bundle emits, but for those of people', () => {
  expect([...emitted].filter((metric) => !watched.has(metric)).toSorted()).toEqual(watchedByNone.toSorted());
});

test('no name is left over', () => {
  expect(metrics.filter((metric) => !emitted.has(metric))).toEqual([]);
});

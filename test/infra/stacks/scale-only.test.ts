/** A synth of one application: its stacks and those of the platform, as a synth of all has them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Catalog } from '../../../lib/model/catalog.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { appWithoutBundling, withFolder } from '../../_helpers/example-app.ts';

/** Files of the assembly by their names. */
type Assembly = ReadonlyMap<string, string>;

const replicated: Catalog = {
  ...exampleCatalog,
  environments: exampleCatalog.environments.map((environment) => ({
    ...environment,
    applications: environment.applications.map((application) => ({
      ...application,
      secrets: application.secrets.map((secret) =>
        secret.database && !secret.adopted ? { ...secret, replicas: ['eu-central-1'] } : secret,
      ),
    })),
  })),
};

const synthesise = (only?: readonly string[]): Assembly =>
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    addEnvironments(app, replicated, {}, only && { only });
    const { directory } = app.synth();
    return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
  });

const names = [...new Set(replicated.environments.flatMap(({ applications }) => applications.map(({ name }) => name)))];
const templatesOf = (assembly: Assembly): Map<string, string> =>
  new Map([...assembly].filter(([name]) => name.endsWith('.template.json')));

let all: Assembly;
beforeAll(() => {
  all = synthesise();
});

test('the catalog of these tests has several applications that rotate', () => {
  expect(names.length).toBeGreaterThan(1);
});

test.each(names.map((name) => [name]))('only=%s makes the same templates, and none of another application', (name) => {
  const some = templatesOf(synthesise([name]));
  const others = new Set(names.filter((other) => other !== name));
  const expected = [...templatesOf(all)].filter(([, text]) => {
    const { Description = '' } = JSON.parse(text) as { Description?: string };
    return !others.has(Description.replace(/^Strongroom \S+: /, '').replace(/-\d+$/, ''));
  });
  expect(expected.length).toBeLessThan(templatesOf(all).size);
  expect(some).toEqual(new Map(expected));
});

test('only=strongroom makes the stacks of the platform alone', () => {
  const descriptions = [...templatesOf(synthesise(['strongroom'])).values()].map(
    (text) => (JSON.parse(text) as { Description?: string }).Description ?? '',
  );
  expect(descriptions.length).toBeGreaterThan(0);
  expect(descriptions.filter((text) => !/: (foundation|rotation|audit)/.test(text))).toEqual([]);
});

test('what a stack depends on is in the assembly', () => {
  const manifest = JSON.parse(synthesise(names.slice(0, 1)).get('manifest.json') ?? '') as {
    artifacts: Record<string, { dependencies?: string[] }>;
  };
  const missing = Object.values(manifest.artifacts)
    .flatMap(({ dependencies = [] }) => dependencies)
    .filter((id) => !(id in manifest.artifacts));
  expect(missing).toEqual([]);
});

test('a name that is no application is refused', () => {
  expect(() => synthesise(['nobody'])).toThrow(/^only=nobody is not an application of the catalog; write the name/);
});

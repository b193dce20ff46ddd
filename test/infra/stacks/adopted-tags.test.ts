/** What `strongroom handover` tags an adopted secret with is what a deployment tags its own secrets with. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tagsToSet } from '../../../cli/verbs/handover/adopted-tags.ts';
import { type Catalog } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { resourcesOfType, synthesise } from '../../_helpers/example-app.ts';

const folder = join(import.meta.dirname, '..', '..', '_fixtures', 'every-engine');
const catalog = loadCatalog(folder, { today: new Date('2026-11-21') });

/** The same catalog, had all of its secrets existed before. */
const adopting: Catalog = {
  ...catalog,
  environments: catalog.environments.map((environment) => ({
    ...environment,
    applications: environment.applications.map((application) => ({
      ...application,
      secrets: application.secrets.map((secret) => ({ ...secret, adopted: { arn: `arn of ${secret.fullName}` } })),
    })),
  })),
};

test('of every engine and strategy, and of admins', () => {
  const deployed = new Map(
    [...synthesise(catalog).values()]
      .flatMap((stack) => resourcesOfType(stack, 'AWS::SecretsManager::Secret'))
      .map(({ properties }) => {
        const tags = properties['Tags'] as readonly { readonly Key: string; readonly Value: string }[];
        return [String(properties['Name']), Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))];
      }),
  );
  const set = tagsToSet(adopting, {});
  expect(set.length).toBeGreaterThan(10);
  for (const { secret, tags } of set) expect(tags, secret).toEqual(deployed.get(secret));
});

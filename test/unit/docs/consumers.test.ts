/** Every consumer that docs/consumers.md shows is one that the catalog takes, and every kind is shown. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, ordersDb, organisationYaml, today } from '../../_helpers/catalog-folder.ts';

const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'consumers.md'), 'utf8');
const blocks = [...page.matchAll(/^## (.*?)\n.*?^```yaml\n(.*?)^```$/gms)].map(([, title = '', yaml = '']) => ({
  title,
  yaml,
}));
const organisation = organisationYaml.replaceAll(
  '    region: eu-west-1\n',
  '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n',
);

const consumersOf = (yaml: string) => {
  const head = 'application: payments\nowner: team-payments\ncontact: oncall\n';
  const text =
    head +
    yaml +
    (yaml.includes('\nsecrets:')
      ? ''
      : 'secrets:\n' + ordersDb.replace('[api]', '[]') + '    rotation: { admin: { managedBy: rds } }\n');
  const folder = catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': text });
  return loadCatalog(folder, { today }).environments.flatMap(({ applications }) =>
    applications.flatMap(({ consumers }) => consumers),
  );
};

it.each(blocks)('$title: the catalog takes what is shown', ({ yaml }) => {
  expect(consumersOf(yaml).length).toBeGreaterThan(0);
});

it('shows every kind', () => {
  const shown = blocks.flatMap(({ yaml }) => consumersOf(yaml)).map((one) => kindOf(one));
  expect([...new Set(shown)].sort()).toEqual([
    ...[
      'account',
      'ec2',
      'ecs',
      'ecs-execution',
      'eks',
      'eks-irsa',
      'github',
      'lambda',
      'oidc',
      'permissionSet',
      'role',
    ],
    'roles-anywhere',
  ]);
});

const kindOf = (consumer: ReturnType<typeof consumersOf>[number]): string => {
  if ('runsOn' in consumer) return consumer.runsOn;
  if ('permissionSet' in consumer) return 'permissionSet';
  return 'account' in consumer ? 'account' : 'role';
};

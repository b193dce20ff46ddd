/** Tags that the organisation asks for, and how long logs are kept. */
import { expect, it } from 'vitest';
import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, ordersDb, organisationYaml, today } from '../../_helpers/catalog-folder.ts';

const load = ({ organisation = '', environment = '', application = '' }) => {
  const payments =
    `application: payments\nowner: team-payments\ncontact: oncall\n${application}` +
    `consumers: { api: { runsOn: ecs } }\nsecrets:\n${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
  const folder = catalogFolder({
    'organisation.yaml':
      organisationYaml.replaceAll('    region: eu-west-1\n', `    region: eu-west-1\n${environment}`) + organisation,
    'payments.yaml': payments,
  });
  return loadCatalog(folder, { today }).environments[0]!;
};

const problemsOf = (given: Parameters<typeof load>[0]): string[] => {
  try {
    load(given);
    return [];
  } catch (error) {
    if (error instanceof CatalogError) return error.message.split('\n');
    throw error;
  }
};

it('an application has the tags of the organisation, and its own in place of those, whatever their case', () => {
  const { tags, applications } = load({
    organisation: "tags: { CostCenter: '4711', Stage: live }\n",
    application: "tags: { costcenter: '9', Team: payments }\n",
  });
  expect(tags).toEqual({ CostCenter: '4711', Stage: 'live' });
  expect(applications[0]?.tags).toEqual({ Stage: 'live', costcenter: '9', Team: 'payments' });
});

it('without tags nothing has any', () => {
  expect(load({}).tags).toBeUndefined();
  expect(load({}).applications[0]?.tags).toBeUndefined();
});

it.each([
  ["tags: { 'strongroom:owner': me }\n", 'strongroom:owner'],
  ["tags: { 'StrongRoom:admin-for': postgres }\n", 'StrongRoom:admin-for'],
  ["tags: { 'AWS:cloudformation:stack-name': strongroom-prod-payments }\n", 'AWS:cloudformation:stack-name'],
  ['tags: { CostCenter: 1, costcenter: 2 }\n', 'tags'],
  ["tags: { 'cost*': '1' }\n", 'cost*'],
  [`tags: { ${Array.from({ length: 21 }, (_, index) => `t${index}: a`).join(', ')} }\n`, 'tags'],
])('refuses %s', (given, where) => {
  for (const place of ['organisation', 'application'] as const) {
    expect(problemsOf({ [place]: given }).join('\n')).toContain(where);
  }
});

it('keeps logs for as long as the environment says, and CloudWatch takes', () => {
  expect(load({ environment: '    logRetention: 400d\n' }).logRetentionDays).toBe(400);
  expect(load({}).logRetentionDays).toBeUndefined();
  expect(problemsOf({ environment: '    logRetention: 100d\n' }).join('\n')).toContain(
    'logRetention must be a number of days that CloudWatch Logs takes',
  );
});

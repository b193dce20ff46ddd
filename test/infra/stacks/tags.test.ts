/** Tags of the organisation on everything that is deployed, and how long logs are kept. */
import { expect, test } from 'vitest';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { synthesise, type ExampleStack } from '../../_helpers/example-app.ts';

const changed = synthesise({
  ...exampleCatalog,
  environments: exampleCatalog.environments.map((environment) => ({
    ...environment,
    tags: { CostCenter: '4711' },
    logRetentionDays: 400,
    applications: environment.applications.map((application) => ({
      ...application,
      tags: { CostCenter: '4711', Team: application.name },
    })),
  })),
});
const plain = synthesise();

const tagsOf = (properties: Record<string, unknown>): Record<string, unknown> => {
  const { Tags = [] } = properties as { Tags?: { Key: string; Value: unknown }[] };
  return Array.isArray(Tags) ? Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) : Tags;
};

const resourcesIn = (stacks: ReadonlyMap<string, ExampleStack>) =>
  [...stacks.values()].flatMap(({ stackName, template }) =>
    Object.entries(template.Resources).map(([id, { Type, Properties }]) => ({
      id: `${stackName}/${id}`,
      Type,
      Properties,
    })),
  );

const taggable = [
  'AWS::SecretsManager::Secret',
  'AWS::IAM::Role',
  'AWS::KMS::Key',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::S3::Bucket',
  'AWS::CloudTrail::Trail',
  'AWS::CloudWatch::Alarm',
  'AWS::Events::Rule',
];

test.each(taggable)('every %s has the tags of the organisation, and keeps those of Strongroom', (type) => {
  const resources = resourcesIn(changed).filter(({ Type }) => Type === type);
  expect(resources.length).toBeGreaterThan(0);
  const before = new Map(resourcesIn(plain).map(({ id, Properties }) => [id, tagsOf(Properties)]));
  for (const { id, Properties } of resources) {
    const { CostCenter, Team: _, ...others } = tagsOf(Properties);
    expect({ id, CostCenter }).toEqual({ id, CostCenter: '4711' });
    expect(others).toEqual(before.get(id));
  }
});

test('an application has tags of its own', () => {
  const secrets = resourcesIn(changed).filter(
    ({ id, Type }) => Type === 'AWS::SecretsManager::Secret' && id.includes('-payments/'),
  );
  expect(secrets.map(({ Properties }) => tagsOf(Properties)['Team'])).toEqual(secrets.map(() => 'payments'));
});

test('every log of a function is kept for as long as the environment says', () => {
  const days = (stacks: ReadonlyMap<string, ExampleStack>) =>
    resourcesIn(stacks)
      .filter(({ Type }) => Type === 'AWS::Logs::LogGroup')
      .map(({ Properties }) => Properties['RetentionInDays']);
  expect(new Set(days(changed))).toEqual(new Set([400]));
  expect(new Set(days(plain))).toEqual(new Set([365]));
});

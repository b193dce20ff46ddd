/** In a large app, the checks of the templates that are unlike the others find what the checks of all of them find. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, CloudFormationValidatePlugin, Stack, type PolicyValidationStack } from 'aws-cdk-lib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { TemplateChecks } from '../../../lib/rules/template-checks/template-checks.ts';
import { unlikeTemplates } from '../../../lib/rules/template-checks/unlike-templates.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { appWithoutBundling, withFolder } from '../../_helpers/example-app.ts';

const count = 40;

/** One of each: they take seconds to load their rules. */
const checks = new TemplateChecks({ alikeFrom: 1 });
const original = new CloudFormationValidatePlugin();

type Resources = Record<string, { Type: string; Properties: Record<string, unknown> }>;

/** Each names other secrets, and has the resources that an application has. */
const resourcesOf = (index: number): Resources => ({
  Key: { Type: 'AWS::KMS::Alias', Properties: { AliasName: `alias/app-${index}`, TargetKeyId: `key-${index}` } },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { Name: `prod/app-${index}/orders`, Tags: [{ Key: 'owner', Value: `team-${index}` }] },
  },
  Policy: {
    Type: 'AWS::SecretsManager::ResourcePolicy',
    Properties: {
      SecretId: { Ref: 'Secret' },
      ResourcePolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
      },
    },
  },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `failed/app-${index}`,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      MetricName: 'Failed',
      Namespace: 'Strongroom',
      Period: 300,
      Statistic: 'Sum',
      Threshold: 1,
    },
  },
});

/** As many templates, the fault in one of the last. */
const templates = (fault: (resources: Resources) => void = () => undefined): PolicyValidationStack[] => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-templates-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return Array.from({ length: count }, (_, index) => {
    const templatePath = join(folder, `${index}.template.json`);
    const resources = resourcesOf(index);
    if (index === count - 2) fault(resources);
    writeFileSync(templatePath, JSON.stringify({ Description: `app-${index}`, Resources: resources }));
    return { stackConstructPath: `stack-${index}`, templatePath, accountId: '111122223333', region: 'eu-west-1' };
  });
};

const contextOf = (stackTemplates: PolicyValidationStack[]) => ({
  stackTemplates,
  appConstruct: new App(),
  templatePaths: stackTemplates.map(({ templatePath }) => templatePath),
});

const propertiesOf = (resources: Resources, id: string): Record<string, unknown> => {
  const properties = resources[id]?.Properties;
  if (properties === undefined) throw new Error(`No resource ${id}`);
  return properties;
};

test('templates that differ by names alone are checked once, and those of another region again', () => {
  const stacks = templates();
  const elsewhere = stacks.map((stack, index) => (index === 30 ? { ...stack, region: 'eu-central-1' } : stack));
  expect(unlikeTemplates(stacks).length).toBeLessThan(5);
  expect(unlikeTemplates(elsewhere).map(({ region }) => region)).toContain('eu-central-1');
  expect(checks.validate(contextOf(stacks))).toEqual({ success: true, violations: [] });
});

test.each<{ of: string; fault: (resources: Resources) => void }>([
  {
    of: 'a property that does not exist',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Secret'), { Colour: 'red' }),
  },
  { of: 'a property that is missing', fault: (resources) => delete propertiesOf(resources, 'Policy')['SecretId'] },
  {
    of: 'a value that is not in the list',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Alarm'), { Statistic: 'Total' }),
  },
  {
    of: 'a number out of range',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Alarm'), { EvaluationPeriods: 0 }),
  },
  {
    of: 'a reference to nothing',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Policy'), { SecretId: { Ref: 'Missing' } }),
  },
  {
    of: 'an attribute that the type does not have',
    fault: (resources) =>
      Object.assign(propertiesOf(resources, 'Policy'), { SecretId: { 'Fn::GetAtt': ['Secret', 'Colour'] } }),
  },
  {
    of: 'a text that is too long',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Alarm'), { AlarmName: 'x'.repeat(300) }),
  },
  {
    of: 'a character that a pattern refuses',
    fault: (resources) => Object.assign(propertiesOf(resources, 'Key'), { AliasName: 'alias/app 38' }),
  },
])('$of in one of many templates is found, with the report that the checks of all give', ({ fault }) => {
  const stacks = templates(fault);
  const expected = original.validate(contextOf(stacks));
  expect(expected.violations.flatMap(({ violatingResources }) => violatingResources)).toHaveLength(1);
  expect(checks.validate(contextOf(stacks))).toEqual(expected);
});

describe("a stack of the user's own beside those of the catalog", () => {
  const synthesise = (options?: Parameters<typeof addEnvironments>[3]) =>
    withFolder((folder) => {
      const app = appWithoutBundling(folder);
      const stack = new Stack(app, 'Own');
      new CfnResource(stack, 'Topic', { type: 'AWS::SNS::Topic', properties: { Colour: 'red' } });
      new CfnResource(stack, 'Large', { type: 'AWS::SSM::Parameter', properties: { Value: 'x'.repeat(1_000_000) } });
      addEnvironments(app, exampleCatalog, {}, options);
      return app.synth();
    });

  test('may break rules where CDK would not check it either', () => {
    vi.stubEnv('CDK_VALIDATION', 'false');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(() => synthesise()).not.toThrow();
  });

  test('is checked by CDK as if the catalog were not there, and its size is its own matter', () => {
    const failed = messageOf(() => synthesise());
    expect(failed).toContain('Colour');
    expect(failed).not.toContain('TemplateSize');
  });

  test('is held to every rule where all stacks are asked for', () => {
    vi.stubEnv('CDK_VALIDATION', 'false');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const failed = messageOf(() => synthesise({ stacks: 'all' }));
    expect(failed).toContain('Colour');
    expect(failed).toContain('move some of its resources to another stack');
  });
});

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('Nothing was refused');
};

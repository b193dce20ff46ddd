/** The checks of many templates on two threads find what one thread finds, in the same order. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CloudFormationValidatePlugin, type PolicyValidationStack } from 'aws-cdk-lib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { SecondThread } from '../../lib/policy/template-checks/second-thread.ts';
import { TemplateChecks } from '../../lib/policy/template-checks/template-checks.ts';

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-templates-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
};

/** Every third template has a property that does not exist, and every fourth misses one that is needed. */
const templates = (count: number): PolicyValidationStack[] => {
  const folder = temporaryFolder();
  return Array.from({ length: count }, (_, index) => {
    const templatePath = join(folder, `${index}.template.json`);
    const resources = {
      Topic: { Type: 'AWS::SNS::Topic', Properties: index % 3 === 0 ? { Colour: 'red' } : {} },
      Policy: { Type: 'AWS::SecretsManager::ResourcePolicy', Properties: index % 4 === 0 ? {} : policy },
    };
    writeFileSync(templatePath, JSON.stringify({ Resources: resources }));
    return { stackConstructPath: `stack-${index}`, templatePath, accountId: '111122223333', region: 'eu-west-1' };
  });
};

const policy = { SecretId: 'secret', ResourcePolicy: { Version: '2012-10-17', Statement: [] } };

const contextOf = (stackTemplates: PolicyValidationStack[]) => ({
  stackTemplates,
  appConstruct: new App(),
  templatePaths: stackTemplates.map(({ templatePath }) => templatePath),
});

test('two threads report what one does, whether or not the second starts before other plugins', () => {
  const stacks = templates(20);
  const expected = new CloudFormationValidatePlugin().validate(contextOf(stacks));
  expect(expected.success).toBe(false);
  expect(expected.violations.flatMap(({ violatingResources }) => violatingResources).length).toBeGreaterThan(10);

  const checks = new TemplateChecks({ threadFrom: 1 });
  expect(checks.validate(contextOf(stacks))).toEqual(expected);
  expect(checks.ahead.validate(contextOf(stacks))).toEqual({ success: true, violations: [] });
  expect(checks.validate(contextOf(stacks))).toEqual(expected);
});

test('what the second thread can’t read is an error', () => {
  const missing = {
    stackConstructPath: 'stack',
    templatePath: join(temporaryFolder(), 'missing.template.json'),
    accountId: '',
    region: '',
  };
  expect(() => new SecondThread([missing]).report()).toThrow('missing.template.json');
});

test('the second thread writes nothing into the assembly that the CDK command waits for', async () => {
  const outdir = temporaryFolder();
  vi.stubEnv('CDK_OUTDIR', outdir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const thread = new SecondThread(templates(1));
  expect(thread.report().success).toBe(false);
  await thread.ended();
  expect(readdirSync(outdir)).toEqual([]);
});

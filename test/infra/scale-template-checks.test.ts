/** The checks of many templates on two threads find what one thread finds, in the same order. */
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { App, CloudFormationValidatePlugin, type PolicyValidationStack } from 'aws-cdk-lib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { mergeParts, partsOf, type CheckedPart } from '../../lib/policy/template-checks/parts.ts';
import { startThread } from '../../lib/policy/template-checks/start-thread.ts';
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

test('two threads report what one does', async () => {
  const stacks = templates(20);
  const expected = new CloudFormationValidatePlugin().validate(contextOf(stacks));
  expect(expected.success).toBe(false);
  expect(expected.violations.flatMap(({ violatingResources }) => violatingResources).length).toBeGreaterThan(10);

  expect(new TemplateChecks({ threadFrom: 1 }).validate(contextOf(stacks))).toEqual(expected);
  expect(mergeParts(await checkedByTheThreadAlone(stacks))).toEqual(expected);
});

test('the second thread writes nothing into the assembly that the CDK command waits for', async () => {
  const outdir = temporaryFolder();
  vi.stubEnv('CDK_OUTDIR', outdir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  await checkedByTheThreadAlone(templates(1));
  expect(readdirSync(outdir)).toEqual([]);
});

const checkedByTheThreadAlone = async (stacks: PolicyValidationStack[]): Promise<readonly CheckedPart[]> => {
  const { port1, port2 } = new MessageChannel();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const thread = startThread({ parts: partsOf(stacks), shared, port: port2 });
  const ended = once(thread, 'exit');
  const checked = await new Promise<readonly CheckedPart[]>((resolve, reject) => {
    port1.once('message', resolve);
    thread.once('error', reject);
  });
  port1.close();
  await ended;
  return checked;
};

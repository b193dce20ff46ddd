/** A template that CloudFormation would refuse fails the synth. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TemplateSize } from '../../../lib/rules/template-size.ts';

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-templates-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
};

test('a template of 1 MB is taken, and a byte more is not', () => {
  const folder = temporaryFolder();
  const stackTemplates = [1_000_000, 1_000_001].map((size) => {
    const templatePath = join(folder, `${size}.template.json`);
    writeFileSync(templatePath, ' '.repeat(size));
    return { stackConstructPath: `stack-of-${size}`, templatePath, accountId: undefined, region: undefined };
  });
  const templatePaths = stackTemplates.map(({ templatePath }) => templatePath);
  const report = new TemplateSize('all').validate({ stackTemplates, templatePaths, appConstruct: new App() });
  expect(report.success).toBe(false);
  expect(report.violations).toHaveLength(1);
  expect(report.violations[0]).toMatchObject({
    severity: 'error',
    description: expect.stringMatching(
      /^The template has 1,000,001 bytes, and CloudFormation takes 1,000,000: /,
    ) as string,
    violatingResources: [{ constructPath: 'stack-of-1000001' }],
  });
});

test('the synth of such a stack fails', () => {
  vi.stubEnv('CDK_VALIDATION', 'false');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const app = new App({ outdir: temporaryFolder() });
  const stack = new Stack(app, 'Large');
  new CfnResource(stack, 'Parameter', { type: 'AWS::SSM::Parameter', properties: { Value: 'x'.repeat(1_000_000) } });
  Validations.of(app).addPlugins(new TemplateSize('all'));
  expect(() => app.synth()).toThrow('CloudFormation takes 1,000,000');
});

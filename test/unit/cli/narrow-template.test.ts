import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  narrowTemplate,
  variant,
  type BootstrapTemplate,
} from '../../../cli/verbs/bootstrap-template/narrow-template.ts';
import { strongroom } from '../../_helpers/captured-host.ts';

const cdk = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
const deployer = 'arn:aws:iam::111122223333:role/ci/deployer';
const pipeline = 'arn:aws:iam::444455556666:role/pipeline';

let original: BootstrapTemplate;

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [cdk, 'bootstrap', '--show-template'], {
    cwd: tmpdir(),
  });
  original = parse(stdout) as BootstrapTemplate;
}, 120_000);

const narrowed = (template: unknown = original, deployers = [deployer, pipeline]): BootstrapTemplate => {
  const result = narrowTemplate(template, deployers);
  if (typeof result === 'string') throw new Error(result);
  return result;
};

const trustOf = ({ Resources }: BootstrapTemplate, role: string): unknown =>
  Resources[role]?.Properties?.['AssumeRolePolicyDocument'];

describe('the narrowed template of the installed aws-cdk', () => {
  it('has roles that the deployers alone may assume, and that CloudFormation alone executes', () => {
    const template = narrowed();
    const AWS = ['arn:aws:iam::111122223333:root', 'arn:aws:iam::444455556666:root'];
    const ArnEquals = { 'aws:PrincipalArn': [deployer, pipeline] };
    const roles = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::IAM::Role');
    expect(roles.map(([name]) => name).sort()).toEqual([
      'CloudFormationExecutionRole',
      'DeploymentActionRole',
      'FilePublishingRole',
      'ImagePublishingRole',
      'LookupRole',
    ]);
    for (const [name] of roles) {
      if (name === 'CloudFormationExecutionRole') continue;
      expect(trustOf(template, name)).toMatchObject({
        Statement: [
          { Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', Condition: { ArnEquals } },
          { Effect: 'Allow', Principal: { AWS }, Action: 'sts:TagSession', Condition: { ArnEquals } },
        ],
      });
    }
    expect(JSON.stringify(template.Resources['CloudFormationExecutionRole'])).toContain('cloudformation.amazonaws.com');
  });

  it('differs in nothing else but the assets, the variant and what is said of unused parameters', () => {
    const template = narrowed();
    const rest = structuredClone(template);
    for (const [name, { Type }] of Object.entries(rest.Resources)) {
      if (Type === 'AWS::IAM::Role' && name !== 'CloudFormationExecutionRole') {
        rest.Resources[name]!.Properties!['AssumeRolePolicyDocument'] = trustOf(original, name);
      }
    }
    rest.Resources['StagingBucketPolicy'] = original.Resources['StagingBucketPolicy']!;
    expect(rest.Parameters.BootstrapVariant.Default).toBe(variant);
    expect({ ...rest, Parameters: original.Parameters }).toEqual(original);
  });

  it.each<[string, (template: BootstrapTemplate) => unknown, string]>([
    ['no template', () => 'Usage: cdk', 'it has no resources as expected'],
    [
      'a template without a role',
      ({ Resources: { LookupRole: _, ...Resources }, ...rest }) => ({ ...rest, Resources }),
      'it has no role LookupRole',
    ],
    [
      'a template with a role more, which trusts the account',
      (template) => ({
        ...template,
        Resources: { ...template.Resources, RefactorRole: template.Resources['DeploymentActionRole'] },
      }),
      'its role RefactorRole trusts principals that this command does not know',
    ],
    [
      'a template whose execution role somebody may assume',
      (template) => ({
        ...template,
        Resources: { ...template.Resources, CloudFormationExecutionRole: template.Resources['LookupRole'] },
      }),
      'its role CloudFormationExecutionRole trusts principals that this command does not know',
    ],
    [
      'a template without the policy of the asset bucket',
      ({ Resources: { StagingBucketPolicy: _, ...Resources }, ...rest }) => ({ ...rest, Resources }),
      'it has no StagingBucketPolicy as expected',
    ],
  ])('is refused for %s', (_what, change, why) => {
    expect(narrowTemplate(change(structuredClone(original)), [deployer])).toBe(why);
  });
});

// Each starts the CDK command.
describe('strongroom bootstrap-template', { timeout: 120_000 }, () => {
  it('writes it as YAML that says where it is from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-bootstrap-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const out = join(folder, 'bootstrap.yaml');
    const written = await strongroom(['bootstrap-template', '--deployer', deployer, pipeline, deployer, '--out', out]);
    expect(written).toEqual({ exitCode: 0, stdout: `written ${out}\n`, stderr: '' });
    const text = readFileSync(out, 'utf8');
    expect(text).toMatch(/^# From the bootstrap template of aws-cdk 2\./);
    expect(parse(text)).toEqual(narrowed());
    const printed = await strongroom(['bootstrap-template', '--deployer', deployer, pipeline]);
    expect(printed).toEqual({ exitCode: 0, stdout: text, stderr: '' });
  });

  it.each([
    'deployer',
    'arn:aws:iam::111122223333:user/me',
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:role/*',
  ])('refuses %s as a deployer', async (arn) => {
    expect(await strongroom(['bootstrap-template', '--deployer', arn])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        `error: --deployer must be the ARN of a role, without wildcards (got ${arn}); ` +
        'write arn:aws:iam::111122223333:role/NAME, the role under which your pipeline runs cdk deploy\n',
    });
  });

  it('refuses to guess who deploys', async () => {
    const { exitCode, stderr } = await strongroom(['bootstrap-template']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("required option '--deployer <arn...>' not specified");
  });
});

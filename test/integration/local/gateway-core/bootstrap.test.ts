/** A bootstrap narrowed by `strongroom bootstrap-template`, by the real CDK command: who deploys through it, and who does not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { strongroom } from '../../../_helpers/captured-host.ts';
import { account, administratorOf, allow, assume, type Keys, makeRole, region } from './local-aws.ts';

const cdkBin = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');
const deployRole = `arn:aws:iam::${account}:role/cdk-secrets-deploy-role-${account}-${region}`;
const publishRole = `arn:aws:iam::${account}:role/cdk-secrets-file-publishing-role-${account}-${region}`;

describe('a narrowed bootstrap', () => {
  let aws: LocalAws;
  let folder: string;
  let deployer: string;
  let developer: string;
  const defects: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-test-'));
    await writeFile(
      join(folder, 'cdk.json'),
      JSON.stringify({
        app: `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${join(import.meta.dirname, 'small-app.ts')}"`,
        notices: false,
        versionReporting: false,
        context: { '@aws-cdk/core:bootstrapQualifier': 'secrets' },
      }),
    );
    aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
    // Both may assume every role, as far as their own policies go, and nothing else.
    deployer = await makeRole(aws, 'deployer', [allow(['sts:*'])]);
    developer = await makeRole(aws, 'developer', [allow(['sts:*'])]);
    const out = join(folder, 'bootstrap.yaml');
    await strongroom(['bootstrap-template', '--deployer', deployer, '--out', out]);
    const bootstrap = ['bootstrap', `aws://${account}/${region}`, '--template', out, '--qualifier', 'secrets'];
    const bootstrapped = await cdk(
      [...bootstrap, '--toolkit-stack-name', 'CDKToolkit-secrets'],
      aws.accounts[account]!,
    );
    expect(bootstrapped).toMatchObject({ exitCode: 0 });
  });

  afterAll(async () => {
    await aws.stop();
    await rm(folder, { recursive: true });
    expect(defects).toEqual([]);
  });

  const cdk = async (args: readonly string[], keys: Keys) => {
    const { all, exitCode } = await execa(process.execPath, [cdkBin, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: folder,
        CDK_DISABLE_CLI_TELEMETRY: '1',
        CI: 'true',
        NO_COLOR: '1',
        ...aws.accounts[account]!.env,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        ...(keys.sessionToken !== undefined && { AWS_SESSION_TOKEN: keys.sessionToken }),
      },
      extendEnv: false,
      stdin: 'ignore',
      all: true,
      reject: false,
    });
    return { all, exitCode };
  };

  it('lets the deployer deploy, through its roles alone', async () => {
    const keys = await assume(aws, deployer);
    expect(await cdk(['deploy', '--require-approval', 'never'], keys)).toMatchObject({ exitCode: 0 });
    const { Role } = await administratorOf(aws).iam.send(new GetRoleCommand({ RoleName: 'small-reader' }));
    expect(Role?.RoleName).toBe('small-reader');
  });

  it.each([deployRole, publishRole])('refuses %s to everybody else, the administrator too', async (role) => {
    const other = await assume(aws, developer);
    await expect(assume(aws, role, { by: other })).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume(aws, role)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('refuses a deployment to somebody who may assume every role that lets them', async () => {
    const { exitCode, all } = await cdk(['deploy', '--require-approval', 'never'], await assume(aws, developer));
    expect(exitCode).toBe(1);
    expect(all).toContain('is not authorized to perform');
  });

  it('is not written over by a plain bootstrap', async () => {
    const plain = ['bootstrap', `aws://${account}/${region}`, '--qualifier', 'secrets'];
    const { all } = await cdk([...plain, '--toolkit-stack-name', 'CDKToolkit-secrets'], aws.accounts[account]!);
    expect(all).toContain('Strongroom: named deployers');
    await expect(assume(aws, deployRole)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

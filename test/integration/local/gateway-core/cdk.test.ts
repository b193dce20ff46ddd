import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { account, administratorOf, assume, clientsWith, makeRole, region } from './local-aws.ts';

const cdkBin = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

describe('the real CDK command, before the local AWS', () => {
  let aws: LocalAws;
  let folder: string;
  const defects: unknown[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-test-'));
    await writeFile(
      join(folder, 'cdk.json'),
      JSON.stringify({
        app: `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${join(import.meta.dirname, 'small-app.ts')}"`,
        notices: false,
        versionReporting: false,
      }),
    );
    aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  });

  afterAll(async () => {
    await aws.stop();
    await rm(folder, { recursive: true });
    expect(defects).toEqual([]);
  });

  const cdk = async (args: readonly string[], env: Readonly<Record<string, string>> = aws.accounts[account]!.env) => {
    const { all, exitCode } = await execa(process.execPath, [cdkBin, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        CDK_DISABLE_CLI_TELEMETRY: '1',
        CI: 'true',
        NO_COLOR: '1',
        ...env,
      },
      extendEnv: false,
      stdin: 'ignore',
      all: true,
      reject: false,
    });
    return { all, exitCode };
  };

  it('bootstraps, deploys, finds nothing to do the second time, and destroys', async () => {
    expect(await cdk(['bootstrap', `aws://${account}/${region}`])).toMatchObject({ exitCode: 0 });
    expect(await cdk(['deploy', '--require-approval', 'never'])).toMatchObject({ exitCode: 0 });

    const { Payload } = await administratorOf(aws).lambda.send(new InvokeCommand({ FunctionName: 'small-function' }));
    expect(Buffer.from(Payload!).toString()).toBe('"deployed"');
    const reader = await aws.assumeForService({
      roleArn: `arn:aws:iam::${account}:role/small-reader`,
      service: 'ecs-tasks.amazonaws.com',
      sessionName: 'task',
    });
    const { SecretString } = await clientsWith(aws, reader).secrets.send(
      new GetSecretValueCommand({ SecretId: 'small/secret' }),
    );
    expect(JSON.parse(SecretString!)).toEqual({ password: expect.stringMatching(/^.{32}$/) as string });

    expect(await cdk(['deploy', '--require-approval', 'never'])).toMatchObject({
      exitCode: 0,
      all: expect.stringContaining('(no changes)') as string,
    });

    expect(await cdk(['destroy', '--force'])).toMatchObject({ exitCode: 0 });
    await expect(
      administratorOf(aws).secrets.send(new GetSecretValueCommand({ SecretId: 'small/secret' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is refused where the caller may not deploy', async () => {
    const roleArn = await makeRole(aws, 'no-deployer', []);
    const keys = await assume(aws, roleArn);

    const { all, exitCode } = await cdk(['deploy', '--require-approval', 'never'], {
      ...aws.accounts[account]!.env,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken!,
    });

    expect(exitCode).toBe(1);
    expect(all).toContain('is not authorized to perform');
  });
});

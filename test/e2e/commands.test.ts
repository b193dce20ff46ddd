/** The operators' command as a process of its own, on the deployed example, under the policy that the stacks make for operators. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Catalog } from '../../lib/model/index.ts';
import { loadCatalog } from '../../lib/catalog/index.ts';
import { operatorPolicyName } from '../../lib/contract/index.ts';
import { startPlatform, type Platform } from '../../local/platform.ts';
import { bootstrap, deploy, synthesise } from '../../local/rehearsal/deploy.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { signal } = new AbortController();
const secretName = 'dev/payments/orders-db';

let folder: string;
let platform: Platform;
let administrator: SecretsManagerClient;
let operator: Readonly<Record<string, string>>;

/** `dev` of the example, deployed; its first rotations done; an operator's session under the deployed policy alone. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strongroom-e2e-commands-'));
  const all = loadCatalog(path.join(root, 'catalog'));
  const dev = all.environments.find(({ name }) => name === 'dev')!;
  const catalog: Catalog = { ...all, environments: [dev] };
  platform = await startPlatform({ catalog, folder, signal });
  const assembly = await synthesise(platform, signal);
  await bootstrap(platform, catalog, signal);
  await deploy(platform, catalog, assembly, signal, () => undefined);

  const { accessKeyId, secretAccessKey, env } = platform.aws.accounts[dev.account]!;
  const { endpoint } = platform.aws;
  const configuration = { endpoint, region: dev.region, credentials: { accessKeyId, secretAccessKey } };
  administrator = new SecretsManagerClient(configuration);
  for (const { fullName, rotation } of dev.applications.flatMap(({ secrets }) => secrets)) {
    if (rotation.kind === 'manual') continue;
    const { ARN = '' } = await administrator.send(new DescribeSecretCommand({ SecretId: fullName }));
    expect(await platform.aws.rotations.settled(ARN)).toMatchObject({ status: 'succeeded' });
  }

  const [RoleArn = ''] = dev.operators;
  const RoleName = RoleArn.split('/').at(-1)!;
  const iam = new IAMClient(configuration);
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${dev.account}:root` }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const PolicyArn = `arn:aws:iam::${dev.account}:policy/${operatorPolicyName('dev')}`;
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const { Credentials: session } = await new STSClient(configuration).send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'on-call' }),
  );
  operator = {
    ...env,
    AWS_ACCESS_KEY_ID: session!.AccessKeyId!,
    AWS_SECRET_ACCESS_KEY: session!.SecretAccessKey!,
    AWS_SESSION_TOKEN: session!.SessionToken!,
  };
});

afterAll(async () => {
  administrator.destroy();
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

const strongroom = (...args: string[]) =>
  execa(process.execPath, [path.join(root, 'cli', 'strongroom.js'), ...args], {
    cwd: root,
    extendEnv: false,
    env: { PATH: process.env['PATH'], ...operator },
    reject: false,
    timeout: 600_000,
  });

const versions = async () => {
  const { VersionIdsToStages = {} } = await administrator.send(new DescribeSecretCommand({ SecretId: secretName }));
  return VersionIdsToStages;
};

describe('an operator of the deployed example', () => {
  it('finds every secret as the catalog declares it, and healthy', async () => {
    const preflight = await strongroom('preflight', '--json');
    const { secrets } = JSON.parse(preflight.stdout) as { secrets: { secret: string; findings: unknown[] }[] };
    expect(secrets.flatMap(({ findings }) => findings)).toEqual([]);
    expect(secrets.map(({ secret }) => secret)).toContain(secretName);
    expect(preflight.exitCode).toBe(0);

    const diagnose = await strongroom('diagnose', 'payments/orders-db', '--environment', 'dev');
    expect([diagnose.exitCode, diagnose.stdout]).toEqual([0, expect.stringContaining('1 secret, all healthy')]);
  });

  it('rotates, and sees the four steps', async () => {
    const { exitCode, stdout, stderr } = await strongroom(
      'rotate',
      secretName,
      '--wait',
      '--force',
      '--timeout',
      '300s',
    );
    expect([exitCode, stdout]).toEqual([
      0,
      expect.stringMatching(/^rotated: dev\/payments\/orders-db, version forced-/),
    ]);
    expect(stderr).toContain('createSecret');
    const [, version = ''] = /version (\S+) is current/.exec(stdout) ?? [];
    expect((await versions())[version]).toContain('AWSCURRENT');
  });

  it('repairs a rotation that stands still, and may read no value', async () => {
    platform.aws.faults.inject({
      service: 'secretsmanager',
      operation: 'UpdateSecretVersionStage',
      kind: 'server-error',
      times: 1_000,
    });
    const started = await strongroom('rotate', secretName, '--force', '--json');
    expect(started.exitCode).toBe(0);
    const { versionId } = JSON.parse(started.stdout) as { versionId: string };
    const { ARN = '' } = await administrator.send(new DescribeSecretCommand({ SecretId: secretName }));
    expect(await platform.aws.rotations.settled(ARN)).toMatchObject({ status: 'failed' });
    platform.aws.faults.clear();

    const unconfirmed = await strongroom('repair', secretName);
    expect([unconfirmed.exitCode, unconfirmed.stderr]).toEqual([2, expect.stringContaining('add --yes')]);
    const { exitCode, stdout } = await strongroom('repair', secretName, '--yes');
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('repaired: the current credential')]);
    expect((await versions())[versionId]).toContain('AWSCURRENT');

    await platform.aws.cloudTrail.flush();
    const own = platform.aws.cloudTrail
      .records()
      .filter(({ userIdentity }) => JSON.stringify(userIdentity).includes('on-call'));
    expect(own.map(({ eventName }) => eventName)).toContain('RotateSecret');
    expect(own.filter(({ eventName }) => eventName.endsWith('SecretValue'))).toEqual([]);
  });
});

/** The operators' command as a process of its own, on the deployed example, under the policy that the stacks make for operators. */
import path from 'node:path';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Platform } from '../../local/platform.ts';
import type { Scene } from '../../local/rehearsal/scene.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** The tests, for a platform on which the rehearsal has run: it has made the operators' role. */
export const describeOperatorCommands = (
  deployed: () => { readonly platform: Platform; readonly scene: Scene },
): void => {
  let platform: Platform;
  let secretName: string;
  let administrator: SecretsManagerClient;
  let operator: Readonly<Record<string, string>>;

  /** The first rotations are done. */
  beforeAll(async () => {
    const { scene } = deployed();
    ({ platform } = deployed());
    const { account, region, applications, operators } = scene.environment;
    secretName = scene.secret;
    administrator = scene.administrator();
    for (const { fullName, rotation } of applications.flatMap(({ secrets }) => secrets)) {
      if (rotation.kind === 'manual') continue;
      const { ARN = '' } = await administrator.send(new DescribeSecretCommand({ SecretId: fullName }));
      expect(await platform.aws.rotations.settled(ARN)).toMatchObject({ status: 'succeeded' });
    }
    const { accessKeyId, secretAccessKey, env } = platform.aws.accounts[account]!;
    const { endpoint } = platform.aws;
    const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const { Credentials: session } = await sts.send(
      new AssumeRoleCommand({ RoleArn: operators[0], RoleSessionName: 'on-call' }),
    );
    sts.destroy();
    operator = {
      ...env,
      AWS_ACCESS_KEY_ID: session!.AccessKeyId!,
      AWS_SECRET_ACCESS_KEY: session!.SecretAccessKey!,
      AWS_SESSION_TOKEN: session!.SessionToken!,
    };
  });

  afterAll(() => {
    administrator.destroy();
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
};

/** On the local AWS: a role whose policy comes while its first rotation is under way. */
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { awsClientOptions } from '../../../lambdas/runtime/adapters/aws-client.ts';
import { secretsManagerVersions } from '../../../lambdas/rotation/adapters/secrets-manager.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { policyDocument } from '../../_helpers/contract-target.ts';
import { canary, facts, RotationBench } from '../../_helpers/rotation-bench.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

let secrets: WiredSecrets;

beforeAll(async () => {
  secrets = await startWiredSecrets();
});
afterAll(async () => {
  await secrets.stop();
});

it('rotates once the permissions of its role hold, and not before', async () => {
  const token = 'first-rotation-00000000000000000001';
  const tags = { [secretTag.environment]: 'dev', [secretTag.engine]: 'postgres' };
  const arn = await secrets.create('dev/payments/orders', {
    value: JSON.stringify({ ...facts, password: canary }),
    tags,
  });
  await secrets.startRotation(arn, token);
  const role = await roleWithoutPolicy();
  const bench = new RotationBench();
  bench.database.addUser(facts.username, canary);
  let pauses = 0;
  const pause = async () => {
    pauses += 1;
    if (pauses === 6) await role.allow('secretsmanager:*');
  };
  bench.ports = {
    ...bench.ports,
    versions: secretsManagerVersions(role.client, { remainingMs: () => 60_000 }),
    clock: { ...bench.ports.clock, now: () => new Date(), pause, hasTime: () => true },
  };

  const outcomes = await bench.runAll(arn, token);
  role.client.destroy();

  expect(outcomes).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);
  expect(pauses).toBeGreaterThanOrEqual(6);
  expect((await secrets.currentValue(arn)).password).toBe('generated-1');
});

const roleWithoutPolicy = async () => {
  const iam = new IAMClient(secrets.configuration);
  const sts = new STSClient(secrets.configuration);
  const Principal = { AWS: `arn:aws:iam::${secrets.account}:root` };
  const AssumeRolePolicyDocument = policyDocument([{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]);
  const RoleName = 'of-a-first-rotation';
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'rotation' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  sts.destroy();
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return {
    client: new SecretsManagerClient({ ...awsClientOptions, ...secrets.configuration, credentials }),
    allow: async (Action: string) => {
      const PolicyDocument = policyDocument([{ Effect: 'Allow', Action, Resource: '*' }]);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'allow', PolicyDocument }));
      iam.destroy();
    },
  };
};

/** Secrets made by hand are taken over: imported, deployed by the real CDK command, and left behind as they were. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { strongroom, type Captured } from '../../_helpers/captured-host.ts';
import {
  account,
  administratorOf,
  allow,
  assume,
  clientsWith,
  makeRole,
  policy,
  region,
  trust,
} from '../local/gateway-core/local-aws.ts';

const organisation = `organisation: acme
environments:
  dev:
    account: '${account}'
    region: ${region}
    breakGlass: [{ permissionSet: BreakGlass }]
    operators: [arn:aws:iam::${account}:role/operator]
contacts:
  oncall: { email: oncall@acme.example }
contact: oncall
siem: { type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets }
`;

const { signal } = new AbortController();

interface Existing {
  readonly name: string;
  readonly arn: string;
  readonly value: string;
}

let folder: string;
let catalog: string;
let assembly: string;
let aws: LocalAws;
let keyArn: string;
let token: Existing;
let partnerKey: Existing;
let imported: Captured;
let before: unknown;
const defects: unknown[] = [];

const secretsOf = (keys: Parameters<typeof clientsWith>[1]) => clientsWith(aws, keys).secrets;

const read = async (keys: Parameters<typeof clientsWith>[1], SecretId: string): Promise<string | undefined> =>
  (await secretsOf(keys).send(new GetSecretValueCommand({ SecretId }))).SecretString;

/** All that must stay: versions with their labels, key, tags, description; and no reader's doing. */
const stateOf = async ({ arn }: Existing) => {
  const { Name, KmsKeyId, Tags, Description, VersionIdsToStages, RotationEnabled } = await administratorOf(
    aws,
  ).secrets.send(new DescribeSecretCommand({ SecretId: arn }));
  return { Name, KmsKeyId, Tags, Description, VersionIdsToStages, RotationEnabled };
};

const create = async (name: string, value: string, more: object = {}): Promise<Existing> => {
  const { ARN: arn = '' } = await administratorOf(aws).secrets.send(
    new CreateSecretCommand({ Name: name, SecretString: `before-${value}`, ...more }),
  );
  await administratorOf(aws).secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString: value }));
  return { name, arn, value };
};

const deployWith = async (args: readonly string[]): Promise<void> => {
  await cdk(args, { environment: { ...aws.accounts[account]!.env, TMPDIR: folder }, signal });
};

/** The import, what a person fills in, and the deployment. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-import-'));
  catalog = join(folder, 'catalog');
  assembly = join(folder, 'cdk.out');
  await mkdir(catalog);
  await writeFile(join(catalog, 'organisation.yaml'), organisation);
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  for (const [name, value] of Object.entries(aws.accounts[account]!.env)) vi.stubEnv(name, value);
  const { KeyMetadata } = await administratorOf(aws).kms.send(new CreateKeyCommand({ Description: 'legacy' }));
  keyArn = KeyMetadata?.Arn ?? '';
  await administratorOf(aws).kms.send(new CreateAliasCommand({ AliasName: 'alias/legacy', TargetKeyId: keyArn }));
  const Tags = [{ Key: 'team', Value: 'shop' }];
  token = await create('legacy/shop/Session_Token', 'canary-token', { Tags, Description: 'Signs sessions' });
  partnerKey = await create('legacy/shop/partners/api-key', 'canary-partner', { Tags, KmsKeyId: 'alias/legacy' });
  const everybody = { Sid: 'Everybody', Effect: 'Allow', Principal: { AWS: account }, Action: 'secretsmanager:*' };
  await administratorOf(aws).secrets.send(
    new PutResourcePolicyCommand({
      SecretId: partnerKey.arn,
      ResourcePolicy: policy({ ...everybody, Resource: '*' }),
    }),
  );
  await create('legacy/shopping', 'canary-other', {
    Tags: [{ Key: 'team', Value: 'shopping' }],
    KmsKeyId: 'alias/aws/secretsmanager',
  });
  before = [await stateOf(token), await stateOf(partnerKey)];

  const bootstrapped = cdk(['bootstrap', `aws://${account}/${region}`], {
    environment: { ...aws.accounts[account]!.env, TMPDIR: folder },
    cwd: folder,
    signal,
  });
  imported = await strongroom(
    ['import', '-a', 'shop', '-e', 'dev', '--tag', 'team=shop', '--owner', 'team-shop', '--catalog', catalog, '--json'],
    { now: () => new Date() },
  );
  const file = join(catalog, 'shop.yaml');
  const yaml = await readFile(file, 'utf8');
  const filledIn = yaml
    .replace('consumers: {}', 'consumers: { api: { runsOn: ecs } }')
    .replaceAll('readers: []', 'readers: [api]');
  await writeFile(file, filledIn);
  await bootstrapped;
  await deployWith([
    'deploy',
    ...['dev/foundation', 'dev/shop', '--exclusively', '--require-approval', 'never'],
    ...['-c', `catalog=${catalog}`, '--output', assembly],
  ]);
});

afterAll(async () => {
  await aws.stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
  expect(defects).toEqual([]);
});

const theApi = () =>
  aws.assumeForService({
    roleArn: `arn:aws:iam::${account}:role/dev-shop-api`,
    service: 'ecs-tasks.amazonaws.com',
    sourceArn: `arn:aws:ecs:${region}:${account}:task/shop/1`,
    sessionName: 'task',
  });

describe('secrets made by hand, imported and deployed', () => {
  it('were found by their tag, with the key that is not AWS’s own, and no value was read', async () => {
    expect(imported).toMatchObject({ exitCode: 0, stderr: '' });
    expect(JSON.parse(imported.stdout)).toMatchObject({
      secrets: [
        { name: 'session-token', arn: token.arn, warnings: [] },
        { name: 'partners-api-key', arn: partnerKey.arn, warnings: [expect.stringContaining('resource policy')] },
      ],
      leftOut: [],
    });
    const yaml = await readFile(join(catalog, 'shop.yaml'), 'utf8');
    expect(yaml).toContain(`arn: ${partnerKey.arn}\n      key: ${keyArn}\n`);
    expect(yaml).toContain(`arn: ${token.arn}\n`);
    expect(yaml).toContain('description: Signs sessions');
    expect(yaml).not.toContain('canary');
    expect(imported.stdout).not.toContain('canary');
  });

  it('keep name, versions, labels, key, tags and description', async () => {
    expect([await stateOf(token), await stateOf(partnerKey)]).toEqual(before);
  });

  it('are found by how their names begin, whose own key is left out where AWS manages it', async () => {
    const out = join(folder, 'more.yaml');
    const { exitCode, stdout } = await strongroom(
      ['import', '-a', 'more', '-e', 'dev', '--prefix', 'legacy/shop', '--catalog', catalog, '--out', out, '--json'],
      { now: () => new Date() },
    );
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { secrets: [{ name: 'shopping' }], leftOut: [{ name: token.name }, { name: partnerKey.name }] },
    ]);
    expect(await readFile(out, 'utf8')).not.toContain('key:');
  });

  it('have the policy of the catalog in place of their own', async () => {
    for (const { arn } of [token, partnerKey]) {
      const { ResourcePolicy = '' } = await administratorOf(aws).secrets.send(
        new GetResourcePolicyCommand({ SecretId: arn }),
      );
      expect(ResourcePolicy).toContain('ReadByDeclaredReaders');
      expect(ResourcePolicy).not.toContain('Everybody');
    }
  });

  it('are read by the declared reader under its own role, and by nobody else', async () => {
    const api = await theApi();
    expect(await read(api, token.arn)).toBe(token.value);
    expect(await read(api, partnerKey.name)).toBe(partnerKey.value);

    const stranger = await assume(aws, await makeRole(aws, 'stranger', [allow(['secretsmanager:*', 'kms:*'])]));
    await expect(read(stranger, token.arn)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(read(stranger, partnerKey.arn)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    expect(await read(stranger, 'legacy/shopping')).toBe('canary-other');
  });

  it('stay when the stack goes, as they were and still fenced, until break-glass tags them, or takes the fence away', async () => {
    await deployWith(['destroy', 'dev/shop', '--exclusively', '--force', '--app', assembly]);

    expect([await stateOf(token), await stateOf(partnerKey)]).toEqual(before);
    const { ResourcePolicy = '' } = await administratorOf(aws).secrets.send(
      new GetResourcePolicyCommand({ SecretId: token.arn }),
    );
    expect(ResourcePolicy).toContain('ReadByDeclaredReaders');
    const stranger = await assume(aws, `arn:aws:iam::${account}:role/stranger`);
    await expect(read(stranger, token.arn)).rejects.toMatchObject({ name: 'AccessDeniedException' });

    const breakGlassRole = `arn:aws:iam::${account}:role/strongroom-dev-break-glass`;
    const { Role: person } = await administratorOf(aws).iam.send(
      new CreateRoleCommand({
        Path: `/aws-reserved/sso.amazonaws.com/${region}/`,
        RoleName: 'AWSReservedSSO_BreakGlass_0123456789abcdef',
        AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${account}:root` }),
      }),
    );
    await administratorOf(aws).iam.send(
      new PutRolePolicyCommand({
        RoleName: person?.RoleName,
        PolicyName: 'inline',
        PolicyDocument: policy(allow(['sts:AssumeRole'], breakGlassRole)),
      }),
    );
    const withoutSecondFactor = await assume(aws, person?.Arn ?? '');
    await expect(assume(aws, breakGlassRole, { by: withoutSecondFactor })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const Tags = [{ Key: 'strongroom:mfa', Value: 'true' }];
    const withSecondFactor = await assume(aws, person?.Arn ?? '', { Tags });
    const breakGlass = await assume(aws, breakGlassRole, { by: withSecondFactor });
    const tag = new TagResourceCommand({
      SecretId: token.arn,
      Tags: [{ Key: 'strongroom:environment', Value: 'dev' }],
    });
    await expect(administratorOf(aws).secrets.send(tag)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await secretsOf(breakGlass).send(tag);
    expect((await stateOf(token)).Tags).toContainEqual({ Key: 'strongroom:environment', Value: 'dev' });
    await secretsOf(breakGlass).send(new DeleteResourcePolicyCommand({ SecretId: token.arn }));
    expect(await read(stranger, token.arn)).toBe(token.value);
  });
});

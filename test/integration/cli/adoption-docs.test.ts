/**
 * The commands of docs/adoption.md for a secret in AWS, run as they are in the page. STRONGROOM_AWS_COMMAND=own runs them
 * with the machine's own AWS command line.
 */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { organisationYaml } from '../../_helpers/catalog-folder.ts';

const account = '444455556666';
const region = 'eu-west-1';
const value = 'kept through all of it';

/** `aws secretsmanager VERB --option value`, for machines without the AWS command line. */
const shim = (sdk: string): string => `#!${process.execPath}
const sdk = require(${JSON.stringify(sdk)});
const [, verb, ...options] = process.argv.slice(2);
const pascal = (text) => text.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase());
const input = {};
for (let at = 0; at < options.length; at += 2) {
  const text = options[at + 1];
  input[pascal(options[at].slice(2))] = /^[[{]/.test(text) && options[at] === '--tags' ? JSON.parse(text) : text;
}
new sdk.SecretsManagerClient({ maxAttempts: 1 }).send(new sdk[pascal(verb) + 'Command'](input)).then(
  ({ $metadata, ...answer }) => console.log(JSON.stringify(answer)),
  ({ name, message }) => {
    console.error('An error occurred (' + name + '): ' + message);
    process.exitCode = 254;
  },
);
`;

describe('docs/adoption.md', { timeout: 600_000 }, () => {
  let folder: string;
  let aws: LocalAws;
  let page: string;
  let client: SecretsManagerClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-adoption-'));
    page = await readFile('docs/adoption.md', 'utf8');
    aws = await startLocalAws({ accounts: [account], region, onDefect: () => undefined });
    const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
    client = new SecretsManagerClient({
      endpoint: aws.endpoint,
      region,
      credentials: { accessKeyId, secretAccessKey },
    });
    await mkdir(join(folder, 'bin'));
    const command = join(folder, 'bin', 'aws');
    await writeFile(command, shim(createRequire(import.meta.url).resolve('@aws-sdk/client-secrets-manager')));
    await chmod(command, 0o755);
  }, 600_000);

  afterAll(async () => {
    client.destroy();
    await aws.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The `aws secretsmanager …` commands below a heading, in code and in blocks. */
  const commandsOf = (heading: string): string[] => {
    const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
    return [...section.matchAll(/aws secretsmanager [^`\n]+/g)].map(([command]) => command.trim());
  };

  const run = async (command: string) => {
    const { env } = aws.accounts[account]!;
    const own = process.env['STRONGROOM_AWS_COMMAND'] === undefined ? join(folder, 'bin') : '';
    const PATH = [own, process.env['PATH']].join(delimiter);
    return execa(command, { shell: '/bin/sh', cwd: folder, env: { ...env, PATH }, reject: false });
  };

  const created = async (Name: string): Promise<string> => {
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString: value }));
    return ARN;
  };
  const readBack = async (SecretId: string) =>
    (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString;

  it('a reverted removal: the secret is found, restored with its value, and adopted', async () => {
    const [describeIt = '', restoreIt = '', ...others] = commandsOf('A reverted removal');
    expect(others).toEqual([]);
    const free = await run(describeIt);
    expect([free.exitCode === 0, free.stderr]).toEqual([false, expect.stringContaining('ResourceNotFoundException')]);

    const name = 'prod/payments/orders-db';
    const arn = await created(name);
    await client.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 30 }));
    await expect(created(name)).rejects.toThrow(/scheduled for deletion|already/);
    const found = JSON.parse((await run(describeIt)).stdout) as Record<string, unknown>;
    expect(found).toMatchObject({ ARN: arn, DeletedDate: expect.anything() as unknown });

    expect(await run(restoreIt)).toMatchObject({ exitCode: 0 });
    const again = JSON.parse((await run(describeIt)).stdout) as Record<string, unknown>;
    expect(again['DeletedDate']).toBeUndefined();
    expect(await readBack(name)).toBe(value);

    // Step 3 and 4: declared with the ARN of step 1, and tagged by what handover prints.
    const catalog = join(folder, 'reverted');
    await mkdir(catalog);
    await writeFile(join(catalog, 'organisation.yaml'), organisationYaml);
    const entry = `{ class: generic, readers: [], rotation: manual, adopt: { arn: '${arn}' } }`;
    await writeFile(
      join(catalog, 'payments.yaml'),
      `application: payments\nowner: team\ncontact: oncall\nenvironments: [prod]\nconsumers: {}\nsecrets:\n  orders-db: ${entry}\n`,
    );
    const { exitCode, stdout, stderr } = await strongroom(['handover', '--catalog', catalog, '--json'], {});
    expect(exitCode, stderr).toBe(0);
    const { tags } = JSON.parse(stdout) as { tags: { command: string }[] };
    expect(tags).toHaveLength(1);
    for (const { command } of tags) expect(await run(command)).toMatchObject({ exitCode: 0 });
    const { Tags = [], Name } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    expect(Name).toBe(name);
    expect(Tags).toContainEqual({ Key: 'strongroom:application', Value: 'payments' });
  });

  it('the other commands: the policy is saved and removed, and the cancellation of a rotation is understood', async () => {
    const [saveIt = '', ...more] = commandsOf('The steps');
    expect(more).toEqual([]);
    const [removeIt = ''] = commandsOf('Going back');
    const [cancelIt = ''] = commandsOf('Rotation');
    const SecretId = await created('legacy/shop/Session_Token');
    const statement = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:DeleteSecret', Resource: '*' };
    const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));

    expect(await run(saveIt)).toMatchObject({ exitCode: 0 });
    const saved = JSON.parse(await readFile(join(folder, 'session-token.policy.json'), 'utf8')) as object;
    expect(saved).toMatchObject({ ResourcePolicy: expect.stringContaining('"Deny"') as string });
    expect(await run(removeIt)).toMatchObject({ exitCode: 0 });
    expect(JSON.parse((await run(saveIt.split(' > ')[0]!)).stdout)).not.toHaveProperty('ResourcePolicy');
    // Nothing rotates this secret: the service understands the command, and says so.
    const cancelled = await run(cancelIt.replace('…', 'legacy/shop/Session_Token'));
    expect(cancelled.stderr).toMatch(/rotation/i);
    expect(await readBack(SecretId)).toBe(value);
  });

  it('no command of the page is left out', () => {
    const all = [...page.matchAll(/aws secretsmanager [a-z-]+/g)].map(([command]) => command.split(' ')[2]);
    expect(all.sort()).toEqual([
      'cancel-rotate-secret',
      'delete-resource-policy',
      'describe-secret',
      'get-resource-policy',
      'restore-secret',
    ]);
  });
});

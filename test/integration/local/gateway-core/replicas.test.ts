/** A replica as the local AWS makes it of the templates that are deployed: who reads it, in its region, and who does not. */
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { AttachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets, createSecretsManagerReader } from '../../../../client/index.ts';
import type { Catalog } from '../../../../lib/model/catalog.ts';
import { operatorPolicyName } from '../../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { stackIn, synthesise } from '../../../_helpers/example-app.ts';
import { environmentWith, plainSecret } from '../../../infra/access/matrix/organisations.ts';
import { account, allow, assume, type Keys, makeRole, region } from './local-aws.ts';

const elsewhere = 'eu-central-1';
const fullName = 'prod/payments/stripe-key';
const canary = 'canary-of-the-replica';

const catalog: Catalog = {
  organisation: 'acme',
  environments: [
    environmentWith('prod', account, [
      {
        name: 'payments',
        owner: 'team',
        contact: { name: 'oncall', email: 'oncall@example.com' },
        consumers: [
          { name: 'report', roleArn: `arn:aws:iam::${account}:role/report` },
          { name: 'other', roleArn: `arn:aws:iam::${account}:role/other` },
        ],
        secrets: [
          {
            ...plainSecret('prod', 'payments', 'stripe-key'),
            sensitivity: 'high',
            value: 'supplied',
            readers: ['report'],
            replicas: [elsewhere],
          },
          { ...plainSecret('prod', 'payments', 'session-key'), readers: ['other'] },
        ],
        file: 'payments.yaml',
      },
    ]),
  ],
};

describe('a replica', () => {
  let aws: LocalAws;
  const defects: unknown[] = [];

  const here = (where: string, credentials: Keys = aws.accounts[account]!) => ({
    endpoint: aws.endpoint,
    region: where,
    credentials,
    maxAttempts: 1,
  });

  const deploy = async (name: string, where: string): Promise<void> => {
    const client = new CloudFormationClient(here(where));
    const { template } = stackIn(stacks, name);
    await client.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: JSON.stringify(template),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
    await waitUntilStackCreateComplete({ client, maxWaitTime: 600, minDelay: 1, maxDelay: 1 }, { StackName: name });
    client.destroy();
  };

  const stacks = synthesise(catalog);

  beforeAll(async () => {
    aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
    const generous = allow(['secretsmanager:*', 'kms:*']);
    await makeRole(aws, 'report', []);
    await makeRole(aws, 'other', []);
    await makeRole(aws, 'administrator', [generous]);
    await makeRole(aws, 'operator', []);
    await deploy('strongroom-prod-foundation', region);
    await deploy(`strongroom-prod-foundation-${elsewhere}`, elsewhere);
    await deploy('strongroom-prod-payments', region);
    const iam = new IAMClient(here(region));
    const PolicyArn = `arn:aws:iam::${account}:policy/${operatorPolicyName('prod')}`;
    await iam.send(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn }));
    await secretsAs('operator', region).then((client) =>
      client.send(new PutSecretValueCommand({ SecretId: fullName, SecretString: canary })),
    );
  });

  afterAll(async () => {
    await aws.stop();
    expect(defects).toEqual([]);
  });

  const secretsAs = async (role: string, where: string) =>
    new SecretsManagerClient(here(where, await assume(aws, `arn:aws:iam::${account}:role/${role}`)));

  const readAs = async (role: string, where: string): Promise<string> => {
    const client = await secretsAs(role, where);
    const reader = createSecretsManagerReader({ client });
    const secrets = createSecrets({ application: 'payments', environment: 'prod', reader });
    const value = await secrets.get('stripe-key');
    secrets.dispose();
    client.destroy();
    return 'text' in value ? value.text : '';
  };

  it('is under the key of its region', async () => {
    const client = new SecretsManagerClient(here(elsewhere));
    const { ARN, KmsKeyId } = await client.send(new DescribeSecretCommand({ SecretId: fullName }));
    expect(ARN).toMatch(new RegExp(`^arn:aws:secretsmanager:${elsewhere}:${account}:secret:${fullName}-`));
    expect(KmsKeyId).toBe('alias/strongroom/prod/high');
  });

  it.each([region, elsewhere])('gives its reader the value that an operator put, in %s', async (where) => {
    expect(await readAs('report', where)).toBe(canary);
  });

  it.each(['other', 'administrator', 'operator'])('gives it not to %s, in either region', async (role) => {
    await expect(readAs(role, region)).rejects.toMatchObject({ code: 'access-denied' });
    await expect(readAs(role, elsewhere)).rejects.toMatchObject({ code: 'access-denied' });
  });

  it('is not in a region that the catalog does not name', async () => {
    await expect(readAs('report', 'eu-west-2')).rejects.toMatchObject({
      code: 'access-denied',
    });
  });

  it('is changed at home alone', async () => {
    const client = await secretsAs('administrator', elsewhere);
    await expect(
      client.send(new UpdateSecretCommand({ SecretId: fullName, SecretString: 'another' })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

/** AWS's caching library for Python with secrets of the deployed templates, with and without `reads: by-version`. */
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../lib/model/catalog.ts';
import { operatorPolicyName } from '../../../lib/contract/index.ts';
import { type LocalAws, startLocalAws } from '../../../local/aws.ts';
import { type CachingLibrary, installCachingLibrary } from '../../_helpers/aws-caching-library.ts';
import { stackIn, synthesise } from '../../_helpers/example-app.ts';
import { environmentWith, plainSecret } from '../../infra/access/matrix/organisations.ts';
import { account, administratorOf, assume, clientsWith, makeRole, region } from '../local/gateway-core/local-aws.ts';

const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const fullName = 'prod/payments/stripe-key';
const otherName = 'prod/payments/session-key';
const [before, current] = ['canary-of-the-value-before', 'canary-of-the-current-value'];

const catalog: Catalog = {
  organisation: 'acme',
  environments: [
    environmentWith('prod', account, [
      {
        name: 'payments',
        owner: 'team',
        contact: { name: 'oncall', email: 'oncall@example.com' },
        consumers: [
          { name: 'cached', roleArn: roleArn('cached'), reads: 'by-version' },
          { name: 'labelled', roleArn: roleArn('labelled') },
        ],
        secrets: [
          { ...plainSecret('prod', 'payments', 'stripe-key'), value: 'supplied', readers: ['cached', 'labelled'] },
          { ...plainSecret('prod', 'payments', 'session-key'), value: 'supplied', readers: ['labelled'] },
        ],
        file: 'payments.yaml',
      },
    ]),
  ],
};

describe("AWS's caching library", () => {
  let aws: LocalAws;
  let library: CachingLibrary;
  const defects: unknown[] = [];

  beforeAll(async () => {
    library = await installCachingLibrary();
    aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
    for (const name of ['cached', 'labelled', 'operator']) await makeRole(aws, name, []);
    const stacks = synthesise(catalog);
    for (const name of ['strongroom-prod-foundation', 'strongroom-prod-payments']) await deploy(stacks, name);
    const PolicyArn = `arn:aws:iam::${account}:policy/${operatorPolicyName('prod')}`;
    await administratorOf(aws).iam.send(new AttachRolePolicyCommand({ RoleName: 'operator', PolicyArn }));
    const { secrets } = clientsWith(aws, await assume(aws, roleArn('operator')));
    for (const SecretId of [fullName, otherName]) {
      for (const SecretString of [before, current]) {
        await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
      }
    }
  });

  const deploy = async (stacks: ReturnType<typeof synthesise>, name: string): Promise<void> => {
    const client = new CloudFormationClient({ endpoint: aws.endpoint, region, credentials: aws.accounts[account]! });
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

  afterAll(async () => {
    await aws.stop();
    expect(defects).toEqual([]);
  });

  const readAs = async (role: string, secretId: string, stage = 'AWSCURRENT') => {
    const { accessKeyId, secretAccessKey, sessionToken } = await assume(aws, roleArn(role));
    return library.read(secretId, stage, {
      ...aws.accounts[account]!.env,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
    });
  };

  it('reads the current value if the consumer reads by version', async () => {
    expect((await readAs('cached', fullName)).stdout).toBe(current);
  });

  // It requests the version by the id that the label has, so a policy for labels does not apply.
  it('reaches a version that the consumer may not read by its label', async () => {
    expect((await readAs('cached', fullName, 'AWSPREVIOUS')).stdout).toBe(before);
  });

  it.each([
    ['a reader without the key', 'labelled', fullName, 'GetSecretValue'],
    ['a consumer with the key on a secret that it does not read', 'cached', otherName, 'DescribeSecret'],
  ])('is refused to %s', async (_who, role, secretId, operation) => {
    const { exitCode, stdout, stderr } = await readAs(role, secretId);

    expect(exitCode).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toMatch(new RegExp(`AccessDeniedException.*${operation} operation`));
  });
});

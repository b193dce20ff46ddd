/** `strongroom validate --iam` asks the IAM of a local AWS. */
import { CreateOpenIDConnectProviderCommand, CreatePolicyCommand, CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder } from '../../_helpers/catalog-folder.ts';
import { account, administratorOf, allow, makeRole, policy, region, trust } from '../local/gateway-core/local-aws.ts';

const files = {
  'organisation.yaml': `organisation: acme
environments:
  dev:
    account: '${account}'
    region: ${region}
    breakGlass: [arn:aws:iam::${account}:role/break-glass]
    operators: [arn:aws:iam::${account}:role/operator]
    fences: { permissionsBoundary: workload-boundary }
contacts:
  oncall: { email: oncall@acme.example }
contact: oncall
siem: { type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets }
`,
  'payments.yaml': `application: payments
owner: team-payments
contact: oncall
consumers:
  report: { role: nightly-report }
  deploy: { runsOn: github, repository: acme/shop, branch: main }
secrets:
  token: { class: generic, readers: [report, deploy] }
`,
};

let aws: LocalAws;

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region });
  for (const [name, value] of Object.entries(aws.accounts[account]!.env)) vi.stubEnv(name, value);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await aws.stop();
});

const validate = async () => {
  const folder = catalogFolder(files);
  const { exitCode, stdout, stderr } = await strongroom(['validate', '--catalog', folder, '--iam', 'dev']);
  return { exitCode, stdout, said: stderr.replaceAll(`${folder}/`, '') };
};

it('finds what is missing, and is content once it is made, under the path that the catalog has', async () => {
  const before = await validate();
  expect(before.exitCode).toBe(2);
  expect(before.said.match(/^\S+ \S+ names an? (role|managed policy|identity provider) that/gm)).toHaveLength(5);

  const { iam } = administratorOf(aws);
  const AssumeRolePolicyDocument = trust({ AWS: `arn:aws:iam::${account}:root` });
  for (const name of ['break-glass', 'operator']) await makeRole(aws, name, []);
  await iam.send(new CreateRoleCommand({ RoleName: 'nightly-report', Path: '/reporting/', AssumeRolePolicyDocument }));
  await iam.send(
    new CreatePolicyCommand({ PolicyName: 'workload-boundary', PolicyDocument: policy(allow(['secretsmanager:*'])) }),
  );
  await iam.send(
    new CreateOpenIDConnectProviderCommand({
      Url: 'https://token.actions.githubusercontent.com',
      ClientIDList: ['sts.amazonaws.com'],
      ThumbprintList: ['0123456789abcdef0123456789abcdef01234567'],
    }),
  );
  const arn = `arn:aws:iam::${account}:role/nightly-report`;
  expect(await validate()).toMatchObject({
    exitCode: 2,
    said:
      `payments.yaml:5:19 consumers.report.role names a role under another path than it has (got ${arn}); ` +
      `write ${arn.replace('/nightly', '/reporting/nightly')} [not-in-iam]\n1 problem in 1 file\n`,
  });

  files['payments.yaml'] = files['payments.yaml'].replace('role: nightly', 'role: reporting/nightly');
  const after = await validate();
  expect(after).toMatchObject({ exitCode: 0, said: '' });
  expect(after.stdout).toContain(`IAM of account ${account} has all 5 that dev names.`);
});

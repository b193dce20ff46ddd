import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import { type Handover, handovers, tooMuch } from '../../../lib/reader-policies/handover.ts';
import type { EnvironmentCatalog, Secret } from '../../../lib/model/index.ts';
import { evaluate } from '../../../local/gateway/authorization/evaluate.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml } from '../../_helpers/catalog-folder.ts';

const organisation = organisationYaml.replaceAll(
  '    region: eu-west-1\n',
  '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5, vpcEndpoints: [vpce-0a1b2c3d4e5f60718] }\n',
);

const application = (name: string, consumers: string, more = ''): string => `application: ${name}
owner: team-${name}
contact: oncall
consumers:
${consumers}secrets:
${ordersDb.replace('[api]', '[support, partner]')}    rotation: { admin: { managedBy: rds } }
${more}`;

const both = `  support: { permissionSet: SupportEngineer }
  partner: { account: '999988887777', role: partner/reader }
`;

const iamDatabase = `  ledger:
    class: database
    access: iam
    engine: postgres
    host: ledger.db.acme.example
    resourceId: cluster-ABCDEFGHIJKL01234
    dbname: ledger
    username: ledger_reader
    readers: [support]
`;

interface Printed extends Handover {
  readonly steps: readonly string[];
}

const folder = (payments = application('payments', both, iamDatabase), others: Record<string, string> = {}): string =>
  catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': payments, ...others });

const printed = async (catalog: string, ...args: string[]): Promise<Printed[]> => {
  const { exitCode, stdout } = await strongroom(['handover', '--catalog', catalog, '--json', ...args]);
  expect(exitCode, stdout).toBe(0);
  return (JSON.parse(stdout) as { handover: Printed[] }).handover;
};

const to = (found: readonly Printed[], what: 'permissionSet' | 'account'): Printed => {
  const one = found.find((each) => what in each.to);
  if (!one) throw new Error(`No handover to a ${what}`);
  return one;
};

const secretArn = (account: string, environment: string): string =>
  `arn:aws:secretsmanager:eu-west-1:${account}:secret:${environment}/payments/orders-db-??????`;

describe('strongroom handover', () => {
  it('gives another account the policy of its role: the very secrets, and their keys for them', async () => {
    const { to: whom, policies, readers } = to(await printed(folder(), '--environment', 'prod'), 'account');
    expect(whom).toEqual({ account: '999988887777', roleArn: 'arn:aws:iam::999988887777:role/partner/reader' });
    expect(readers.map(({ environment, secrets, databases }) => [environment, secrets, databases])).toEqual([
      ['dev', ['dev/payments/orders-db'], []],
      ['prod', ['prod/payments/orders-db'], []],
    ]);
    expect(policies[1]).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: [secretArn('444455556666', 'prod')],
        },
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt'],
          Resource: ['arn:aws:kms:eu-west-1:444455556666:key/*'],
          Condition: {
            StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
            StringLike: { 'kms:EncryptionContext:SecretARN': [secretArn('444455556666', 'prod')] },
            'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/strongroom/prod/standard'] },
          },
        },
      ],
    });
  });

  it('says in which order, under which ARN and through which endpoint the other account reads', async () => {
    expect(to(await printed(folder()), 'account').steps).toEqual([
      'Deploy environments dev, prod of Strongroom first: policies of secrets and keys there name the role.',
      'In account 999988887777, attach the 2 policies to arn:aws:iam::999988887777:role/partner/reader.',
      'Read each secret by its complete ARN: across accounts a name finds nothing. `aws secretsmanager describe-secret` ' +
        'in the account of the secret prints it.',
      'Read the secrets of dev through one of vpce-0a1b2c3d4e5f60718: others are refused. Consumer partner is free of it with network: any.',
      'Read the secrets of prod through one of vpce-0a1b2c3d4e5f60718: others are refused. Consumer partner is free of it with network: any.',
    ]);
    const free = folder(application('payments', both.replace('partner/reader', 'partner/reader, network: any')));
    expect(to(await printed(free), 'account').steps).toHaveLength(3);
  });

  it('gives a permission set one policy for all that it reads, since it has one inline policy', async () => {
    const shop = application(
      'shop',
      '  support: { permissionSet: SupportEngineer }\n  partner: { role: partner }\n',
    ).replace('payments_app', 'shop_app');
    const found = await printed(folder(undefined, { 'shop.yaml': shop }), '--application', 'shop');
    expect(found).toHaveLength(1);
    const people = to(found, 'permissionSet');
    expect(people.readers.map((one) => `${one.environment}/${one.application}`)).toEqual([
      'dev/payments',
      'dev/shop',
      'prod/payments',
      'prod/shop',
    ]);
    expect(people.policies).toHaveLength(1);
    const text = JSON.stringify(people.policies[0]);
    for (const [account, environment] of [
      ['111122223333', 'dev'],
      ['444455556666', 'prod'],
    ] as const) {
      expect(text).toContain(secretArn(account, environment));
      expect(text).toContain(secretArn(account, environment).replace('payments', 'shop'));
      expect(text).toContain(`:rds-db:eu-west-1:${account}:dbuser:cluster-ABCDEFGHIJKL01234/ledger_reader"`);
    }
  });

  it.each([
    { name: 'without a second factor', context: {}, expected: false },
    { name: 'where AWS has checked none', context: { 'aws:MultiFactorAuthPresent': 'false' }, expected: false },
    { name: 'where AWS has checked one', context: { 'aws:MultiFactorAuthPresent': 'true' }, expected: true },
    {
      name: 'where the provider has checked one',
      context: { 'aws:PrincipalTag/strongroom:mfa': 'true' },
      expected: true,
    },
    { name: 'where the provider says no', context: { 'aws:PrincipalTag/strongroom:mfa': 'false' }, expected: false },
  ])('lets people read $name: $expected, whatever else their permission set allows', async ({ context, expected }) => {
    const people = to(await printed(folder()), 'permissionSet');
    const everything = { Statement: [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }] };
    const session = 'AWSReservedSSO_SupportEngineer_0123456789abcdef/jane';
    for (const identityPolicies of [
      [{ name: 'inline', policy: people.policies[0] }],
      [
        { name: 'inline', policy: people.policies[0] },
        { name: 'everything', policy: { Version: '2012-10-17', ...everything } },
      ],
    ]) {
      const { allowed } = await evaluate(
        { arn: `arn:aws:sts::444455556666:assumed-role/${session}`, identityPolicies, context },
        {
          action: 'secretsmanager:GetSecretValue',
          resource: { arn: secretArn('444455556666', 'prod').replace('??????', 'AbCdEf'), account: '444455556666' },
        },
      );
      expect(allowed).toBe(expected);
    }
  });

  it('prints what a person copies: whom it is for, the policy, and numbered steps', async () => {
    const { exitCode, stdout } = await strongroom(['handover', '--catalog', folder()]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'permission set SupportEngineer\n  as consumer support of payments in dev: 1 secret, 1 database\n  as consumer support of payments in prod: 1 secret, 1 database\n',
    );
    expect(stdout).toContain('arn:aws:iam::999988887777:role/partner/reader (account 999988887777)');
    expect(stdout).toContain('  as consumer partner of payments in prod: 1 secret\n');
    expect(stdout).toContain('\nPolicy 2 of 2\n{\n  "Version": "2012-10-17",');
    expect(stdout).toContain(
      '\n1. In IAM Identity Center, add the policy to the inline policy of permission set SupportEngineer',
    );
  });

  it('has nothing to say where every role is of the account', async () => {
    const own = '  support: { role: support }\n  partner: { runsOn: ecs }\n';
    const { exitCode, stdout } = await strongroom(['handover', '--catalog', folder(application('payments', own))]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout:
        'Nothing to hand over: no permission set and no role of another account reads, and no secret is adopted.\n',
    });
  });

  it('prints the commands that tag adopted secrets, as a shell takes them', async () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/orders-AbCdEf';
    const yaml = application('payments', '  support: { runsOn: ecs }\n  partner: { runsOn: ecs }\n')
      .replace('owner: team-payments', 'owner: the team of orders\nenvironments: [dev]')
      .replace('    rotation:', `    adopt: { arn: '${arn}' }\n    rotation:`)
      .concat(
        `  token:\n    class: generic\n    readers: []\n    adopt: { arn: '${arn.replace('orders', 'token')}' }\n`,
      );
    const { exitCode, stdout } = await strongroom(['handover', '--catalog', folder(yaml)]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('tags of 2 adopted secrets\n');
    const command = stdout.split('\n').find((line) => line.startsWith('aws '))!;
    // The arguments as a shell hands them on.
    const script = `aws() { printf '%s\\n' "$@"; }; ${command}`;
    const { stdout: words } = await execa('sh', ['-c', script]);
    const [, , , region, , id, , tags = ''] = words.split('\n');
    expect([region, id]).toEqual(['eu-west-1', arn]);
    const list = JSON.parse(tags) as { Key: string; Value: string }[];
    expect(Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]))).toEqual({
      'strongroom:environment': 'dev',
      'strongroom:application': 'payments',
      'strongroom:secret': 'orders-db',
      'strongroom:owner': 'the team of orders',
      'strongroom:contact': 'oncall',
      'strongroom:class': 'database',
      'strongroom:sensitivity': 'standard',
      'strongroom:engine': 'postgres',
      'strongroom:rds': 'orders',
      'strongroom:dbname': 'orders',
      'strongroom:username': 'payments_app',
      'strongroom:strategy': 'single-user',
      'strongroom:admin': 'rds',
    });
    expect(stdout).toMatch(/^aws .*legacy\/token-AbCdEf --tags .*"Key":"strongroom:environment","Value":"dev"/m);
  });

  it('refuses an environment that the catalog does not have', async () => {
    const { exitCode, stdout, stderr } = await strongroom(['handover', '--catalog', folder(), '-e', 'pord']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('--environment pord: the catalog has no such environment; did you mean prod?');
  });
});

describe('what is handed over', () => {
  const [environment] = exampleCatalog.environments as [EnvironmentCatalog];
  const [example] = environment.applications;

  const withSecrets = (consumer: object, count: number): Handover => {
    if (!example) throw new Error('The example has no application');
    const secrets = Array.from({ length: count }, (_, index): Secret => ({
      name: `secret-${index}`,
      fullName: `dev/payments/a-secret-with-a-rather-long-name-${index}`,
      class: 'api-key',
      sensitivity: 'standard',
      value: 'supplied',
      readers: ['guest'],
      rotation: { kind: 'manual' },
    }));
    const guest = { name: 'guest', ...consumer } as (typeof example)['consumers'][number];
    const applications = [{ ...example, secrets, consumers: [guest] }];
    const [found] = handovers({ environments: [{ ...environment, applications }] });
    if (!found) throw new Error('Nothing was handed over');
    return found;
  };

  it('is as many policies as a role may have, none past its size', () => {
    const role = { account: '999988887777', roleArn: 'arn:aws:iam::999988887777:role/partner' };
    const fits = withSecrets(role, 150);
    expect(tooMuch(fits)).toBeUndefined();
    expect(fits.policies.length).toBeGreaterThan(5);
    for (const policy of fits.policies) expect(JSON.stringify(policy).length).toBeLessThanOrEqual(6_144);
    expect(tooMuch(withSecrets(role, 400))).toMatch(
      /^arn:aws:iam::999988887777:role\/partner needs \d+ policies, and a role has 10; let fewer secrets name it/,
    );
  });

  it('is refused past the inline policy of a permission set', () => {
    expect(tooMuch(withSecrets({ permissionSet: 'Support' }, 30))).toBeUndefined();
    expect(tooMuch(withSecrets({ permissionSet: 'Support' }, 90))).toMatch(
      /^permission set Support reads more than its inline policy holds: [\d,]+ of 10,240 characters; let fewer secrets/,
    );
  });
});

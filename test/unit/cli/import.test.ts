import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';

import type { ExistingSecret, Inventory, Selection } from '../../../cli/operators/existing-secret.ts';
import { shortNames } from '../../../cli/verbs/import/short-names.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const arnOf = (name: string): string => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`;

const existing = (name: string, more: Partial<ExistingSecret> = {}): ExistingSecret => ({
  arn: arnOf(name),
  name,
  tags: {},
  replicas: [],
  hasPolicy: false,
  ...more,
});

const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const rotator = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate-shop';

/** Everything that one may have to know of a secret. */
const partner = existing('legacy/shop/partner-api-key', {
  description: "The partner's key: handle with care",
  keyArn,
  tags: { 'aws:cloudformation:stack-name': 'shop-legacy' },
  rotation: { functionArn: rotator, schedule: 'rate(30 days)' },
  replicas: ['eu-central-1'],
  hasPolicy: true,
  lastReadAt: new Date('2026-11-20T00:00:00Z'),
});

interface Ran {
  readonly secrets?: readonly ExistingSecret[];
  readonly files?: Readonly<Record<string, string>>;
  readonly account?: string;
}

const inventoryOf = (secrets: readonly ExistingSecret[], account = '111122223333'): Inventory => ({
  whoAmI: () => Promise.resolve({ account, arn: `arn:aws:iam::${account}:user/me` }),
  find: () => Promise.resolve(secrets),
  close: () => undefined,
});

/** Runs `import` for application shop of dev, in a folder with organisation.yaml and whatever else there is. */
const runImport = async (
  args: readonly string[],
  { secrets = [existing('legacy/shop/token')], files = {}, account }: Ran = {},
) => {
  const folder = catalogFolder({ 'organisation.yaml': organisationYaml, ...files });
  const asked: (Selection & { region: string })[] = [];
  let closed = 0;
  const inventory = (region: string): Promise<Inventory> =>
    Promise.resolve({
      ...inventoryOf(secrets, account),
      find: (selection) => {
        asked.push({ region, ...selection });
        return Promise.resolve(secrets);
      },
      close: () => {
        closed += 1;
      },
    });
  const captured = await strongroom(['import', ...args, '--catalog', folder], { inventory });
  const path = join(folder, 'shop.yaml');
  return {
    ...captured,
    folder,
    path,
    asked,
    closed,
    written: existsSync(path) ? readFileSync(path, 'utf8') : undefined,
  };
};

const forShop = ['-a', 'shop', '-e', 'dev'];
const byPrefix = [...forShop, '--prefix', 'legacy/'];

describe('strongroom import', () => {
  it('writes a file that says what is left to decide, and that validate accepts as it is', async () => {
    const { exitCode, stderr, written, folder, asked, closed } = await runImport(byPrefix, {
      secrets: [partner, existing('legacy/shop/Orders_DB')],
    });
    expect({ exitCode, stderr, closed }).toEqual({ exitCode: 0, stderr: '', closed: 1 });
    expect(asked).toEqual([{ region: 'eu-west-1', prefix: 'legacy/' }]);
    expect(written)
      .toBe(`# 2 secrets of dev that exist already, written by strongroom import. Before you deploy: write who reads under
# consumers, and name them as readers of each secret. From the deployment on nobody else can read.

application: shop
owner: nobody-yet # the team that answers for the secrets
contact: oncall
environments: [ dev ]
# For example api: { role: the-role-that-reads-now } or api: { runsOn: ecs }
consumers: {}
secrets:
  # legacy/shop/partner-api-key
  # - class generic for now: its name says api-key; that class rotates every 90d, so write it with an exception
  # - last read on 2026-11-20: each principal that reads it must be a reader before the deployment
  # - its replicas stay as they are: eu-central-1
  # - BEFORE YOU DEPLOY: ${rotator} rotates it, rate(30 days): the
  #   deployment takes its access away. Cancel that rotation before, or write class database, so that Strongroom
  #   rotates it. rotation.function is not written, because its role is unknown (lambda:GetFunctionConfiguration
  #   shows it)
  # - BEFORE YOU DEPLOY: it has a resource policy, which the deployment replaces: keep a copy, and name its
  #   readers in the catalog
  # - BEFORE YOU DEPLOY: it belongs to CloudFormation stack shop-legacy, which can change it from then on only
  #   under the roles of cdk bootstrap
  partner-api-key:
    class: generic
    description: "The partner's key: handle with care"
    readers: []
    rotation: manual
    adopt:
      arn: ${arnOf('legacy/shop/partner-api-key')}
      key: ${keyArn}

  # legacy/shop/Orders_DB
  # - class generic for now: its name says database; write that class with engine, host, dbname and username, and
  #   Strongroom can rotate it
  # - nobody has read it in this region
  orders-db:
    class: generic
    readers: []
    rotation: manual
    adopt:
      arn: ${arnOf('legacy/shop/Orders_DB')}
`);
    const { exitCode: valid, stdout } = await strongroom(['validate', '--catalog', folder]);
    expect({ valid, stdout }).toEqual({ valid: 0, stdout: expect.stringContaining('legacy/shop/Orders_DB') as string });
  });

  it('says on the terminal what a deployment ends, and what it left out', async () => {
    const { stdout } = await runImport(byPrefix, {
      secrets: [partner, existing('rds!db-1234', { owningService: 'rds' })],
    });
    expect(stdout).toMatch(/^written \S+\/shop\.yaml: 1 secret of dev; nothing was changed in AWS$/m);
    expect(stdout).toContain(`\npartner-api-key: ${rotator} rotates it`);
    expect(stdout).toContain('\npartner-api-key: it has a resource policy');
    expect(stdout).toContain('\nleft out rds!db-1234: service rds made it and keeps it\n');
    expect(stdout).toContain('strongroom handover -a shop -e dev prints. See docs/adoption.md.');
  });

  it('says the same as JSON', async () => {
    const { stdout, path } = await runImport([...byPrefix, '--json'], {
      secrets: [
        partner,
        existing('legacy/copy', { primaryRegion: 'us-east-1' }),
        existing('legacy/lost', { missingKey: keyArn }),
      ],
    });
    expect(JSON.parse(stdout)).toMatchObject({
      file: path,
      environment: 'dev',
      secrets: [
        {
          name: 'partner-api-key',
          class: 'generic',
          arn: partner.arn,
          warnings: [{}, {}, {}].map(() => expect.any(String) as string),
        },
      ],
      leftOut: [
        { name: 'legacy/copy', why: 'it is a replica: take over the secret in us-east-1' },
        { name: 'legacy/lost', why: `its key ${keyArn} is gone, and its value with it` },
      ],
    });
  });

  it('takes tags with the equals signs that their values have', async () => {
    const { asked } = await runImport([...forShop, '--tag', 'team=a=b']);
    expect(asked).toEqual([{ region: 'eu-west-1', tag: { key: 'team', value: 'a=b' } }]);
  });

  it('leaves out what the catalog has, and what Strongroom keeps for itself', async () => {
    const { stdout } = await runImport([...byPrefix, '--json'], {
      secrets: ['dev/payments/orders-db', 'dev/strongroom/siem', 'dev/payments/other'].map((name) => existing(name)),
      files: { 'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n` },
    });
    const { secrets, leftOut } = JSON.parse(stdout) as { secrets: { name: string }[]; leftOut: object[] };
    expect(secrets.map(({ name }) => name)).toEqual(['other']);
    expect(leftOut).toEqual([
      { name: 'dev/payments/orders-db', why: expect.stringMatching(/payments\.yaml has it already$/) as string },
      { name: 'dev/strongroom/siem', why: 'Strongroom itself has it already' },
    ]);
  });

  it('writes owner and contact where they are known', async () => {
    const { written } = await runImport([...byPrefix, '--owner', 'team-shop', '--contact', 'oncall']);
    expect(written).toContain('\nowner: team-shop\ncontact: oncall\n');
  });

  it('tells editors the schema that stands beside the catalog, from where the file is', async () => {
    const out = join(catalogFolder({}), 'shop.yaml');
    const { exitCode } = await strongroom(['import', ...byPrefix, '--out', out], {
      inventory: () => Promise.resolve(inventoryOf([existing('legacy/shop/token')])),
    });
    const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(readFileSync(out, 'utf8')) ?? [];
    expect([exitCode, resolve(dirname(out), schema)]).toEqual([0, resolve('catalog/schema/application.schema.json')]);
  });
});

describe('the file that import writes', () => {
  const mine = 'application: shop\n# by hand\n';

  it('is never written over what is there', async () => {
    const { exitCode, stderr, written, asked } = await runImport(byPrefix, { files: { 'shop.yaml': mine } });
    expect({ exitCode, written, asked }).toEqual({ exitCode: 2, written: mine, asked: [] });
    expect(stderr).toMatch(/shop\.yaml exists: --force overwrites it, --out another\.yaml writes another file/);
  });

  it('is with --force, whatever stood there', async () => {
    const { exitCode, written } = await runImport([...byPrefix, '--force'], { files: { 'shop.yaml': mine } });
    expect([exitCode, written]).toEqual([0, expect.stringContaining('\n  token:\n') as string]);
  });

  it('goes elsewhere with --out, without what the application has already', async () => {
    const elsewhere = join(catalogFolder({}), 'more.yaml');
    const first = await runImport(byPrefix);
    const { exitCode, stdout } = await runImport([...byPrefix, '--out', elsewhere, '--json'], {
      secrets: [existing('legacy/shop/token'), existing('legacy/shop/second')],
      files: { 'shop.yaml': first.written! },
    });
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { file: elsewhere, secrets: [{ name: 'second' }], leftOut: [{ name: 'legacy/shop/token' }] },
    ]);
    expect(parse(readFileSync(elsewhere, 'utf8'))).toMatchObject({ application: 'shop', secrets: { second: {} } });
  });

  it('is not written where the catalog would not be valid with it', async () => {
    const { exitCode, stderr, written } = await runImport([...byPrefix, '--contact', 'nobody']);
    expect({ exitCode, written }).toEqual({ exitCode: 2, written: undefined });
    expect(stderr).toMatch(/shop\.yaml:\d+:\d+ contact must be a contact of organisation\.yaml \(got nobody\)/);
  });
});

describe('the class of an imported secret', () => {
  const classOf = async (secret: ExistingSecret, args: readonly string[] = [], organisation = organisationYaml) => {
    const { written, stderr } = await runImport([...byPrefix, ...args], {
      secrets: [secret],
      files: { 'organisation.yaml': organisation },
    });
    if (written === undefined) return stderr;
    const { secrets } = parse(written) as { secrets: Record<string, { class: string; exception?: object }> };
    const [{ class: secretClass, exception }] = Object.values(secrets) as [{ class: string; exception?: object }];
    return exception ? [secretClass, exception] : secretClass;
  };
  const approved = ['--approved-by', 'security', '--until', '2027-03-31'];
  const exception = {
    reason: 'Taken over as it was; its rotation is not decided yet',
    approvedBy: 'security',
    until: '2027-03-31',
  };

  it.each([
    ['webhook-signing-key', 'signing-key'],
    ['cookieEncryptionKey', 'encryption-key'],
    ['tls/www', 'generic'],
    ['orders-db', 'generic'],
    ['feedback', 'generic'],
  ])('of %s is %s, without an exception', async (name, expected) => {
    expect(await classOf(existing(`legacy/${name}`))).toBe(expected);
  });

  it.each([
    ['www-tls', 'tls-certificate'],
    ['deploy_ssh', 'ssh-key'],
    ['crm-oauth', 'oauth-client'],
    ['StripeApiKey', 'api-key'],
  ])('of %s is %s, with an exception that somebody approved', async (name, expected) => {
    expect(await classOf(existing(`legacy/${name}`), approved)).toEqual([expected, exception]);
  });

  it('is what a tag says, before the name', async () => {
    expect(await classOf(existing('legacy/www-tls', { tags: { Type: 'signing-key' } }))).toBe('signing-key');
  });

  it('asks who approves where the organisation wants every class rotated', async () => {
    const strict = `${organisationYaml}classes: { generic: { rotation: { every: 30d } } }\n`;
    expect(await classOf(existing('legacy/token'), [], strict)).toContain(
      'legacy/token: class generic rotates every 30d in this organisation',
    );
    expect(await classOf(existing('legacy/token'), approved, strict)).toEqual(['generic', exception]);
  });
});

describe('a rotation that is there', () => {
  const roleArn = 'arn:aws:iam::111122223333:role/functions/rotate-shop';
  const rotated = (rotation: NonNullable<ExistingSecret['rotation']>) =>
    existing('legacy/shop/token', {
      rotation: { functionArn: rotator, roleArn, schedule: 'rate(30 days)', ...rotation },
    });
  const importOf = async (secret: ExistingSecret, files: Readonly<Record<string, string>> = {}) => {
    const { written, folder, stderr } = await runImport(byPrefix, { secrets: [secret], files });
    if (written === undefined) throw new Error(stderr);
    const { exitCode, stdout } = await strongroom(['validate', '--catalog', folder]);
    expect(exitCode, stdout).toBe(0);
    const { secrets } = parse(written) as { secrets: Record<string, { class: string; rotation: unknown }> };
    return { written: written.replaceAll(/\n {2}# {3}/g, ' '), secret: secrets['token']! };
  };

  it.each([
    ['rate(30 days)', '30d'],
    ['rate(12 hours)', '12h'],
    ['rate(1 day)', '1d'],
    ['every 45 days', '45d'],
  ])('by a function of the organisation’s own goes on: %s is every %s', async (schedule, every) => {
    const { written, secret } = await importOf(rotated({ schedule }));
    expect(secret.rotation).toEqual({ function: rotator, role: roleArn, every });
    expect(written).toContain(`- ${rotator} rotates it, ${schedule}, and continues to:`);
    expect(written).not.toContain('takes its access away');
  });

  it('by a calendar needs somebody to say how often', async () => {
    const { written, secret } = await importOf(rotated({ schedule: 'cron(0 2 1 * ? *)' }));
    expect(secret.rotation).toEqual({ function: rotator, role: roleArn, every: '30d' });
    expect(written).toContain('every 30d is a guess, so write how often it must rotate');
  });

  it('keeps the class that asks for no more', async () => {
    const key = { ...rotated({}), name: 'legacy/shop/api-key', arn: arnOf('legacy/shop/api-key') };
    const { written } = await runImport(byPrefix, { secrets: [key] });
    const { secrets } = parse(written!) as { secrets: Record<string, { class: string; exception?: object }> };
    expect(secrets['api-key']).toMatchObject({ class: 'api-key', rotation: { every: '30d' } });
    expect(secrets['api-key']).not.toHaveProperty('exception');
  });

  it.each([
    ['a version', { functionArn: `${rotator}:7` }, 'that is neither unqualified nor an alias'],
    [
      'another account',
      { functionArn: rotator.replace('111122223333', '444455556666') },
      'that is not in account 111122223333 and region eu-west-1',
    ],
    [
      'Strongroom',
      { functionArn: rotator.replace('rotate-shop', 'strongroom-dev-rotation-postgres-data') },
      'that is a function of Strongroom',
    ],
    ['AWS itself', { functionArn: undefined }, 'AWS names no function'],
    ['a role that may not be looked at', { roleArn: undefined }, 'its role is unknown'],
  ])('by a function of %s is not written, and why', async (_whose, rotation, why) => {
    const { functionArn, roleArn: role } = { functionArn: rotator, roleArn, ...rotation };
    const { written, secret } = await importOf(
      existing('legacy/shop/token', {
        rotation: { ...(functionArn && { functionArn }), ...(role && { roleArn: role }), schedule: 'rate(30 days)' },
      }),
    );
    expect(secret.rotation).toBe('manual');
    expect(written).toContain(`rotation.function is not written, because ${why}`);
  });
});

describe('the name of an imported secret', () => {
  it.each([
    [
      ['legacy/shop/a', 'legacy/shop/db/b'],
      ['a', 'db-b'],
    ],
    [['legacy/Orders_DB'], ['orders-db']],
    [
      ['a/token', 'b/token'],
      ['a-token', 'b-token'],
    ],
    [
      ['x/api.key', 'x/api_key', 'x/apiKey'],
      ['api-key', 'api-key-2', 'api-key-3'],
    ],
    [
      ['x/2fa', 'x/___'],
      ['secret-2fa', 'secret'],
    ],
    [['plain'], ['plain']],
  ])('of %j is %j', (names, expected) => {
    expect(shortNames(names)).toEqual(expected);
  });
});

describe('strongroom import refuses', () => {
  it.each([
    [['-e', 'dev', '--prefix', 'x'], "required option '-a, --application <name>' not specified"],
    [['-a', 'shop', '--prefix', 'x'], "required option '-e, --environment <name>' not specified"],
    [forShop, 'no secrets are selected: write --prefix legacy/shop/ or --tag team=shop'],
    [[...byPrefix, '--tag', 'a=b'], 'no secrets are selected: write --prefix legacy/shop/ or --tag team=shop'],
    [[...forShop, '--prefix', '!legacy'], '--prefix !legacy: is not valid; a name has only letters, digits and'],
    [[...forShop, '--tag', 'team'], '--tag team: write KEY=VALUE, such as team=shop'],
    [['-a', 'Shop', '-e', 'dev', '--prefix', 'x'], '--application Shop: must be a name of lower-case letters'],
    [
      ['-a', 'shop', '-e', 'dve', '--prefix', 'x'],
      '--environment dve: the catalog has no such environment; did you mean dev',
    ],
    [[...byPrefix, '--until', '2027-03-31'], '--approved-by NAME and --until 2027-03-31 go together'],
    [[...byPrefix, '--region', 'us-east-1'], '--region us-east-1: dev is in eu-west-1; leave --region out'],
  ])('%j before it asks AWS', async (args, message) => {
    const { exitCode, stderr, written, asked } = await runImport(args);
    expect({ exitCode, written, asked }).toEqual({ exitCode: 2, written: undefined, asked: [] });
    expect(stderr).toContain(message);
  });

  it('credentials of another account', async () => {
    const { exitCode, stderr, asked, closed } = await runImport(byPrefix, { account: '444455556666' });
    expect({ exitCode, asked, closed }).toEqual({ exitCode: 2, asked: [], closed: 1 });
    expect(stderr).toContain('these credentials are of account 444455556666');
  });

  it.each([
    [
      [],
      'dev (account 111122223333, eu-west-1) has no secret to take over whose name begins with legacy/: case counts',
    ],
    [[existing('rds!a', { owningService: 'rds' })], 'rds!a is left out, as service rds made it and keeps it'],
  ])('to write a file without secrets', async (secrets, message) => {
    const { exitCode, stderr, written } = await runImport(byPrefix, { secrets });
    expect({ exitCode, written }).toEqual({ exitCode: 2, written: undefined });
    expect(stderr).toContain(message);
  });
});

/** The fences of one secret, each asked about: versions, network, organisation, other accounts, deletion, adoption. */
import { Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import { DatabaseRotation } from '../../../lib/index.ts';
import { ask, generous, type Answer, type Said } from '../../_helpers/ask.ts';
import {
  account,
  aliasKey,
  constructStack,
  databaseSecret,
  region,
  type SecretChange,
} from '../../_helpers/construct-stack.ts';
import { deployed, type DeployedRole } from '../../_helpers/deployed-policies.ts';
import { synthesisedStack } from '../../_helpers/example-app.ts';

const organization = 'o-a1b2c3d4e5';
const endpoint = 'vpce-0a1b2c3d4e5f60718';
const network = 'vpc-0a1b2c3d4e5f60718';
const partnerAccount = '999988887777';
const adoptedArn = `arn:aws:secretsmanager:${region}:${account}:secret:legacy/payments/orders-AbCdEf`;
const roleOf = (name: string, of = account) => `arn:aws:iam::${of}:role/${name}`;

const peoplePattern = roleOf('aws-reserved/sso.amazonaws.com*/AWSReservedSSO_PaymentsOncall_????????????????');

const principals = {
  reader: generous(roleOf('prod-payments-api')),
  'pending reader': generous(roleOf('prod-payments-canary')),
  'reader by version': generous(roleOf('prod-payments-cache')),
  'reader at large': generous(roleOf('prod-payments-runner')),
  person: generous(roleOf('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PaymentsOncall_0123456789abcdef')),
  'person of another permission set': generous(
    roleOf('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_PaymentsOncallAdmin_0123456789abcdef'),
  ),
  'person of a permission set with the name in its own': generous(
    roleOf('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AWSReservedSSO_PaymentsOncall_0123456789abcdef'),
  ),
  'person of the first region': generous(
    roleOf('aws-reserved/sso.amazonaws.com/AWSReservedSSO_PaymentsOncall_0123456789abcdef'),
  ),
  'person without an end': generous(roleOf('aws-reserved/sso.amazonaws.com/AWSReservedSSO_PaymentsOncall_')),
  partner: generous(roleOf('settlement', partnerAccount)),
  "another role of the partner's": generous(roleOf('settlement-admin', partnerAccount)),
  rotation: generous(roleOf('strongroom-prod-rotation-postgres')),
  'break-glass': generous(roleOf('strongroom-prod-break-glass')),
  operator: generous(roleOf('secrets-operator')),
  CloudFormation: generous(roleOf(`cdk-hnb659fds-cfn-exec-role-${account}-${region}`)),
  // Whoever may make roles may give them such names, and other apps of the account are deployed by roles of such names.
  'a role named as a deployer': generous(roleOf(`cdk-mine-cfn-exec-role-${account}-${region}`)),
  'a path named as a deployer': generous(roleOf('cdk-x/y-cfn-exec-role-z')),
  administrator: generous(roleOf('administrator')),
  'root user': generous(`arn:aws:iam::${account}:root`),
} as const satisfies Record<string, DeployedRole>;

type Who = keyof typeof principals;

/** One secret with every kind of reader, as it is deployed. */
const fenced = (
  change: SecretChange = {},
  rotation: { readonly graceHours?: number } | undefined = {},
  partner = false,
) => {
  const stack = constructStack();
  const secret = databaseSecret(stack, change);
  secret._declareReader(roleOf('prod-payments-api'), { network: 'vpc', pending: false });
  secret._declareReader(roleOf('prod-payments-canary'), { network: 'vpc', pending: true });
  secret._declareReader(roleOf('prod-payments-cache'), { network: 'vpc', pending: false, byVersion: true });
  secret._declareReader(roleOf('prod-payments-runner'), { network: 'any', pending: false });
  secret._declareReader(peoplePattern, { network: 'any', pending: false, people: true });
  if (partner) {
    secret._declareReader(roleOf('settlement', partnerAccount), {
      network: 'vpc',
      pending: false,
      account: partnerAccount,
    });
  }
  secret._declareRotator(roleOf('strongroom-prod-rotation-postgres'), { hasGrace: rotation.graceHours !== undefined });
  return deployed([synthesisedStack(stack)], account, region).secrets.get(secret.secretName)!;
};

interface Row {
  readonly who: Who;
  readonly does?: string;
  readonly says?: Said & { organization?: string };
  readonly expected: Answer;
}

const answers = (secret: ReturnType<typeof fenced>) => async (row: Row) => {
  const answer = await ask(principals[row.who], `secretsmanager:${row.does ?? 'GetSecretValue'}`, secret, row.says);
  expect(answer).toBe(row.expected);
};

/** How a person says that there was a second factor. */
const mfa: Said = { 'aws:PrincipalTag/strongroom:mfa': 'true' };

const label = (name: string): Said => ({ 'secretsmanager:VersionStage': name });
const byId: Said = { 'secretsmanager:VersionId': '11111111-2222-3333-4444-555555555555' };

describe('the version that is read', () => {
  const withoutGrace = fenced();
  const withGrace = fenced({}, { graceHours: 24 });

  test.each<Row>([
    { who: 'reader', expected: 'allowed' },
    { who: 'reader', says: label('AWSCURRENT'), expected: 'allowed' },
    { who: 'reader', says: label('AWSPREVIOUS'), expected: 'denied' },
    { who: 'reader', says: label('AWSPENDING'), expected: 'denied' },
    { who: 'reader', says: label('blue'), expected: 'denied' },
    { who: 'reader', says: byId, expected: 'denied' },
    { who: 'reader', says: { ...byId, ...label('AWSCURRENT') }, expected: 'denied' },
    { who: 'pending reader', expected: 'allowed' },
    { who: 'pending reader', says: label('AWSPENDING'), expected: 'allowed' },
    { who: 'pending reader', says: label('AWSPREVIOUS'), expected: 'denied' },
    { who: 'pending reader', says: byId, expected: 'denied' },
    { who: 'pending reader', says: { ...byId, ...label('AWSPENDING') }, expected: 'denied' },
    { who: 'reader by version', expected: 'allowed' },
    // The two requests of AWS's caching libraries after DescribeSecret.
    { who: 'reader by version', does: 'DescribeSecret', expected: 'allowed' },
    { who: 'reader by version', says: byId, expected: 'allowed' },
    { who: 'reader by version', says: { ...byId, ...label('AWSCURRENT') }, expected: 'allowed' },
    { who: 'reader by version', says: { ...byId, ...label('AWSPENDING') }, expected: 'denied' },
    { who: 'reader by version', says: { ...byId, ...label('AWSPREVIOUS') }, expected: 'denied' },
    { who: 'reader by version', says: { ...byId, ...label('blue') }, expected: 'denied' },
    { who: 'reader by version', says: label('AWSPENDING'), expected: 'denied' },
    { who: 'reader by version', says: label('AWSPREVIOUS'), expected: 'denied' },
    { who: 'person', says: mfa, expected: 'allowed' },
    { who: 'person', says: { ...byId, ...mfa }, expected: 'denied' },
    { who: 'administrator', says: byId, expected: 'denied' },
    { who: 'person', says: { ...label('AWSPENDING'), ...mfa }, expected: 'denied' },
    { who: 'rotation', says: label('AWSPENDING'), expected: 'allowed' },
    { who: 'rotation', says: { ...byId, ...label('AWSPENDING') }, expected: 'allowed' },
    { who: 'break-glass', says: label('AWSPREVIOUS'), expected: 'allowed' },
    { who: 'break-glass', says: byId, expected: 'allowed' },
    { who: 'person of another permission set', says: mfa, expected: 'denied' },
    { who: 'person of a permission set with the name in its own', says: mfa, expected: 'denied' },
    { who: 'person of the first region', says: mfa, expected: 'allowed' },
    { who: 'person without an end', says: mfa, expected: 'denied' },
    { who: 'administrator', expected: 'denied' },
    { who: 'operator', expected: 'denied' },
    { who: 'CloudFormation', expected: 'denied' },
    { who: 'root user', expected: 'denied' },
  ])('$who with $says: $expected', answers(withoutGrace));

  test.each<Row>([
    { who: 'reader', says: label('AWSPREVIOUS'), expected: 'allowed' },
    { who: 'reader', says: label('AWSPENDING'), expected: 'denied' },
    { who: 'reader', says: byId, expected: 'denied' },
    { who: 'reader by version', says: { ...byId, ...label('AWSPREVIOUS') }, expected: 'allowed' },
    { who: 'reader by version', says: { ...byId, ...label('AWSPENDING') }, expected: 'denied' },
    { who: 'person', says: { ...label('AWSPREVIOUS'), ...mfa }, expected: 'allowed' },
    { who: 'administrator', says: label('AWSPREVIOUS'), expected: 'denied' },
  ])('$who with $says where the strategy has grace: $expected', answers(withGrace));

  test('the strategy of the schedule says whether there is grace', async () => {
    const stack = constructStack();
    const rotation = new DatabaseRotation(stack, 'Rotation', {
      environment: 'prod',
      engine: 'postgres',
      encryptionKeys: [aliasKey(stack)],
    });
    const schedule = { expression: 'rate(30 days)' };
    const first = databaseSecret(stack);
    const second = databaseSecret(stack, { name: 'ledger-db' });
    for (const secret of [first, second]) {
      secret._declareReader(roleOf('prod-payments-api'), { network: 'any', pending: false });
    }
    rotation.addSchedule(first, { strategy: 'single-user', schedule });
    rotation.addSchedule(second, { strategy: 'alternating-users', schedule, graceHours: 24 });
    const { secrets } = deployed([synthesisedStack(stack)], account, region);
    const previous = ({ secretName }: typeof first) =>
      ask(principals.reader, 'secretsmanager:GetSecretValue', secrets.get(secretName)!, label('AWSPREVIOUS'));

    expect(await previous(first)).toBe('denied');
    expect(await previous(second)).toBe('allowed');
  });
});

describe('the second factor of people', () => {
  const secret = fenced();

  test.each<Row>([
    { who: 'person', says: mfa, expected: 'allowed' },
    { who: 'person', says: { 'aws:MultiFactorAuthPresent': 'true' }, expected: 'allowed' },
    { who: 'person', says: {}, expected: 'denied' },
    { who: 'person', says: { 'aws:MultiFactorAuthPresent': 'false' }, expected: 'denied' },
    { who: 'person', says: { 'aws:PrincipalTag/strongroom:mfa': 'false' }, expected: 'denied' },
    { who: 'person', does: 'DescribeSecret', says: {}, expected: 'allowed' },
    // Who is no person has none.
    { who: 'reader', says: {}, expected: 'allowed' },
    { who: 'rotation', says: {}, expected: 'allowed' },
  ])('$who: $does with $says is $expected, whatever the permission set says', answers(secret));
});

describe('the labels', () => {
  const stack = constructStack();
  const operators = [Role.fromRoleArn(stack, 'Operator', roleOf('secrets-operator'))];
  const { secretName } = databaseSecret(stack, { value: 'supplied', operators });
  const supplied = deployed([synthesisedStack(stack)], account, region).secrets.get(secretName)!;

  test.each<Row>([
    { who: 'break-glass', does: 'UpdateSecretVersionStage', expected: 'allowed' },
    ...(['operator', 'CloudFormation', 'reader', 'pending reader', 'administrator', 'root user'] as const).map(
      (who): Row => ({ who, does: 'UpdateSecretVersionStage', expected: 'denied' }),
    ),
    // Who supplies the value puts a new version, and moves no label to an old one.
    { who: 'operator', does: 'PutSecretValue', expected: 'allowed' },
  ])('$who: $does is $expected', answers(supplied));

  test('the rotation function moves them where there is one', async () => {
    await answers(fenced())({ who: 'rotation', does: 'UpdateSecretVersionStage', expected: 'allowed' });
    await answers(supplied)({ who: 'rotation', does: 'UpdateSecretVersionStage', expected: 'denied' });
  });
});

describe('who changes the secret and its policy', () => {
  const secret = fenced();

  test.each(
    ['UpdateSecret', 'PutResourcePolicy', 'ReplicateSecretToRegions', 'TagResource', 'RotateSecret'].flatMap(
      (does): Row[] => [
        { who: 'CloudFormation', does, expected: 'allowed' },
        { who: 'a role named as a deployer', does, expected: 'denied' },
        { who: 'a path named as a deployer', does, expected: 'denied' },
        { who: 'administrator', does, expected: 'denied' },
      ],
    ),
  )('$who: $does is $expected', answers(secret));
});

describe('deletion', () => {
  const secret = fenced();
  const days = (count: number): Said => ({
    'secretsmanager:RecoveryWindowInDays': String(count),
    'secretsmanager:ForceDeleteWithoutRecovery': 'false',
  });
  const force: Said = { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' };

  test.each<Row>([
    { who: 'break-glass', says: days(30), expected: 'allowed' },
    // The service's own default is thirty days.
    { who: 'break-glass', says: {}, expected: 'allowed' },
    { who: 'break-glass', says: days(29), expected: 'denied' },
    { who: 'break-glass', says: days(7), expected: 'denied' },
    { who: 'break-glass', says: force, expected: 'denied' },
    ...(['CloudFormation', 'operator', 'rotation', 'reader', 'administrator', 'root user'] as const).map(
      (who): Row => ({ who, says: days(30), expected: 'denied' }),
    ),
  ])('$who with $says: $expected', async (row) => answers(secret)({ ...row, does: 'DeleteSecret' }));
});

describe('the network', () => {
  const secret = fenced({ fences: { vpcEndpoints: [endpoint], vpcs: [network] } });
  const from = (vpce?: string, vpc?: string): Said => ({
    ...(vpce !== undefined && { 'aws:SourceVpce': vpce }),
    ...(vpc !== undefined && { 'aws:SourceVpc': vpc }),
  });

  test.each<Row>([
    { who: 'reader', says: from(endpoint, network), expected: 'allowed' },
    { who: 'reader', says: from(), expected: 'denied' },
    { who: 'reader by version', says: { ...from(endpoint, network), ...byId }, expected: 'allowed' },
    { who: 'reader by version', says: { ...from(), ...byId }, expected: 'denied' },
    { who: 'reader', says: from('vpce-0f1e2d3c4b5a69788', network), expected: 'denied' },
    { who: 'reader', says: from(endpoint, 'vpc-0f1e2d3c4b5a69788'), expected: 'denied' },
    { who: 'pending reader', says: { ...from(), ...label('AWSPENDING') }, expected: 'denied' },
    { who: 'reader at large', says: from(), expected: 'allowed' },
    { who: 'person', says: { ...from(), ...mfa }, expected: 'allowed' },
    { who: 'rotation', says: from(), expected: 'allowed' },
    { who: 'break-glass', says: from(), expected: 'allowed' },
    { who: 'administrator', says: from(endpoint, network), expected: 'denied' },
    { who: 'reader', does: 'DescribeSecret', says: from(), expected: 'allowed' },
  ])('$who: $does from $says is $expected', answers(secret));
});

describe('the organisation, and a reader of another account', () => {
  const secret = fenced({ fences: { organizationId: organization } }, {}, true);
  const at = (id: string) => ({ organization: id });
  const away = at('o-f6e5d4c3b2');

  test.each<Row>([
    { who: 'reader', says: at(organization), expected: 'allowed' },
    { who: 'reader', says: away, expected: 'denied' },
    { who: 'reader', says: {}, expected: 'denied' },
    { who: 'rotation', does: 'PutSecretValue', says: away, expected: 'denied' },
    { who: 'break-glass', says: away, expected: 'denied' },
    { who: 'break-glass', says: at(organization), expected: 'allowed' },
    { who: 'CloudFormation', does: 'UpdateSecret', says: at(organization), expected: 'allowed' },
    // An account that left the organisation, or an id with a slip in it, can be mended.
    { who: 'CloudFormation', does: 'PutResourcePolicy', says: away, expected: 'allowed' },
    { who: 'root user', does: 'PutResourcePolicy', says: {}, expected: 'allowed' },
    { who: 'partner', says: at(organization), expected: 'allowed' },
    { who: 'partner', does: 'DescribeSecret', says: at(organization), expected: 'allowed' },
    { who: 'partner', says: away, expected: 'denied' },
    { who: 'partner', says: {}, expected: 'denied' },
    { who: 'partner', says: { ...at(organization), ...label('AWSPENDING') }, expected: 'denied' },
    { who: 'partner', says: { ...at(organization), ...byId }, expected: 'denied' },
    { who: 'partner', does: 'PutSecretValue', says: at(organization), expected: 'denied' },
    { who: 'partner', does: 'DeleteSecret', says: at(organization), expected: 'denied' },
    { who: 'partner', does: 'PutResourcePolicy', says: at(organization), expected: 'denied' },
    { who: "another role of the partner's", says: at(organization), expected: 'denied' },
    { who: "another role of the partner's", does: 'DescribeSecret', says: at(organization), expected: 'denied' },
  ])('$who: $does with $says is $expected', answers(secret));

  test('a policy without such a reader allows nothing: it denies alone', () => {
    const { policy } = fenced({ fences: { organizationId: organization } });
    const effects = (policy as { Statement: { Effect: string }[] }).Statement.map(({ Effect }) => Effect);
    expect(new Set(effects)).toEqual(new Set(['Deny']));
  });

  test('a reader of another account is refused without the organisation', () => {
    expect(() => fenced({}, {}, true)).toThrow(
      'arn:aws:iam::999988887777:role/settlement is of another account: write fences.organizationId',
    );
  });

  test('and where the key serves no other account', () => {
    const adopted = Secret.fromSecretCompleteArn(constructStack(), 'Existing', adoptedArn);
    expect(() => fenced({ fences: { organizationId: organization }, adopted }, {}, true)).toThrow(
      'encrypt the secret with a customer managed key and write it as encryptionKey of adopted',
    );
  });
});

describe('an adopted secret', () => {
  const stack = constructStack();
  const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
  const rotation = new DatabaseRotation(stack, 'Rotation', {
    environment: 'prod',
    engine: 'postgres',
    encryptionKeys: [aliasKey(stack)],
  });
  const secret = databaseSecret(stack, {
    adopted: Secret.fromSecretAttributes(stack, 'Existing', {
      secretCompleteArn: adoptedArn,
      encryptionKey: Key.fromKeyArn(stack, 'ExistingKey', keyArn),
    }),
  });
  secret._declareReader(roleOf('prod-payments-api'), { network: 'any', pending: false });
  rotation.addSchedule(secret, { strategy: 'single-user', schedule: { expression: 'rate(30 days)' } });
  const template = Template.fromStack(stack);
  const world = deployed([synthesisedStack(stack)], account, region);
  const adopted = world.secrets.get('legacy/payments/orders')!;

  test('keeps its name and its value: the template has its policy and its schedule, and no secret', () => {
    expect(secret.secretName).toBe('legacy/payments/orders');
    template.resourceCountIs('AWS::SecretsManager::Secret', 0);
    template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', { SecretId: adoptedArn });
    template.hasResourceProperties('AWS::SecretsManager::RotationSchedule', { SecretId: adoptedArn });
  });

  test('tells which tags it must bear, since no deploy sets them', () => {
    expect(secret.tags).toMatchObject({
      'strongroom:environment': 'prod',
      'strongroom:application': 'payments',
      'strongroom:secret': 'orders-db',
      'strongroom:strategy': 'single-user',
    });
  });

  test.each<Row>([
    { who: 'reader', expected: 'allowed' },
    { who: 'reader', says: label('AWSPENDING'), expected: 'denied' },
    { who: 'administrator', expected: 'denied' },
    { who: 'administrator', does: 'DeleteSecret', expected: 'denied' },
    { who: 'CloudFormation', does: 'PutResourcePolicy', expected: 'allowed' },
  ])('is fenced as any other: $who: $does with $says is $expected', answers(adopted));

  test.each([
    { action: 'secretsmanager:GetSecretValue', expected: 'allowed' },
    { action: 'secretsmanager:PutSecretValue', expected: 'allowed' },
    { action: 'secretsmanager:UpdateSecretVersionStage', expected: 'allowed' },
    { action: 'secretsmanager:DeleteSecret', expected: 'denied' },
    { action: 'secretsmanager:PutResourcePolicy', expected: 'denied' },
  ])('its rotation function, under its own policies: $action is $expected', async ({ action, expected }) => {
    const role = world.roles.get('strongroom-prod-rotation-postgres')!;
    expect(await ask(role, action, adopted)).toBe(expected);
  });

  test('its rotation function uses the key for this very secret', async () => {
    const role = world.roles.get('strongroom-prod-rotation-postgres')!;
    const key = {
      arn: keyArn,
      tags: {},
      policy: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
        ],
      },
    };
    const decrypt = (secretArn: string) =>
      ask(role, 'kms:Decrypt', key, {
        'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secretArn,
      });
    expect(await decrypt(adoptedArn)).toBe('allowed');
    expect(await decrypt(adoptedArn.replace('orders', 'others'))).toBe('denied');
  });

  test('the break-glass role mends it without a policy of its own', async () => {
    const role = { arn: roleOf('strongroom-prod-break-glass'), policies: [] };
    expect(await ask(role, 'secretsmanager:GetSecretValue', adopted)).toBe('allowed');
    expect(await ask(role, 'secretsmanager:PutResourcePolicy', adopted)).toBe('allowed');
    expect(await ask(role, 'secretsmanager:ReplicateSecretToRegions', adopted)).toBe('denied');
  });
});

test.each([
  { arn: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/payments/orders' },
  { arn: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/*-AbCdEf' },
])('refuses to adopt $arn, which names no one secret', ({ arn }) => {
  expect(() => fenced({ adopted: Secret.fromSecretPartialArn(constructStack(), 'Existing', arn) })).toThrow(
    `adopted can't be "${arn}": write Secret.fromSecretAttributes with the whole ARN of the secret as secretCompleteArn`,
  );
});

test('a policy that passes the 20,480 characters of the service fails the synth, and says what to do', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack);
  for (let index = 0; index < 250; index++) {
    secret._declareReader(roleOf(`${'n'.repeat(60)}${String(index).padStart(4, '0')}`), {
      network: 'any',
      pending: false,
    });
  }
  expect(() => Template.fromStack(stack)).toThrow(
    /The resource policy of prod\/payments\/orders-db has \d{5} characters with 250 readers, and Secrets Manager takes 20480: let fewer consumers read it/,
  );
});

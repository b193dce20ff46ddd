/** Grants that AWS would refuse at the deployment, or deny at run time, fail the synth. */
import { Stack, Stage } from 'aws-cdk-lib';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import { Consumer, EncryptionKey } from '../../../lib/index.ts';
import { aliasKey, constructStack, databaseSecret } from '../../_helpers/construct-stack.ts';

const partnerArn = 'arn:aws:iam::999988887777:role/settlement';
const organizationId = 'o-a1b2c3d4e5';

const problemsOf = (stack: Stack): string[] =>
  stack.node.root.node.findAll().flatMap((construct) => construct.node.validate());

const sameEnv = (stack: Stack, id: string): Stack =>
  new Stack(Stage.of(stack), id, { env: { account: stack.account, region: stack.region } });

/** A secret that the role of another account may read, under a key that names `secrets` for it. */
const granted = (secrets: readonly string[], keyOf: (key: EncryptionKey, stack: Stack) => IKey): string[] => {
  const stack = constructStack();
  const role = Role.fromRoleArn(stack, 'Settlement', partnerArn);
  const key = new EncryptionKey(stack, 'Key', {
    environment: 'prod',
    crossAccountReaders: secrets.length === 0 ? [] : [{ role, organizationId, secrets }],
  });
  const own = sameEnv(stack, 'Secrets');
  const secret = databaseSecret(own, { encryptionKey: keyOf(key, own), fences: { organizationId } });
  const consumer = { environment: 'prod', application: 'payments', name: 'settlement', account: '999988887777' };
  secret.grantRead(
    new Consumer(own, 'Consumer', { ...consumer, role: Role.fromRoleArn(own, 'Settlement', partnerArn) }),
  );
  return problemsOf(stack).filter((problem) => problem.includes('crossAccountReaders'));
};

const ways: [string, (key: EncryptionKey, stack: Stack) => IKey][] = [
  ['itself', ({ key }) => key],
  ['by its alias', ({ aliasName }, stack) => Alias.fromAliasName(stack, 'Key', aliasName)],
];

describe.each(ways)('with the key %s', (_, keyOf) => {
  test.each([[[]], [['prod/payments/card']]])(
    'a reader of another account is refused if the key names %j',
    (secrets) => {
      expect(granted(secrets, keyOf)).toEqual([
        `${partnerArn} of account 999988887777 is granted prod/payments/orders-db, and the key of the secret does not let it ` +
          'decrypt: add its role to crossAccountReaders of the EncryptionKey, with prod/payments/orders-db in secrets',
      ]);
    },
  );

  test('and is granted if the key names the secret', () => {
    expect(granted(['prod/payments/orders-db'], keyOf)).toEqual([]);
  });
});

test('a key of another app is not judged', () => {
  expect(granted([], (_, stack) => Alias.fromAliasName(stack, 'Key', 'alias/elsewhere'))).toEqual([]);
});

const roles = (stack: Stack, count: number): IRole[] =>
  Array.from({ length: count }, (_, index) =>
    Role.fromRoleArn(stack, `Role${index}`, `arn:aws:iam::444455556666:role/teams/a-runner-${index}`),
  );

test('more roles with grantRotate than the policy of a secret holds are refused, with their number', () => {
  const sizes = [100, 600].map((count) => {
    const stack = constructStack();
    const secret = databaseSecret(stack);
    for (const role of roles(stack, count)) secret.grantRotate(role);
    return problemsOf(stack).filter((problem) => problem.startsWith('The resource policy'));
  });
  expect(sizes).toEqual([
    [],
    [
      expect.stringMatching(
        /^The resource policy of prod\/payments\/orders-db has \d+ characters with 0 readers and 600 roles with grantRotate, and Secrets Manager takes 20480: /,
      ),
    ],
  ]);
});

test('more secrets with grantRotate than ten policies of a role hold are refused', () => {
  const found = [70, 71].map((count) => {
    const stack = constructStack();
    const role = Role.fromRoleArn(stack, 'Runner', 'arn:aws:iam::444455556666:role/runner');
    for (let index = 0; index < count; index += 1) {
      databaseSecret(stack, { name: `orders-${index}`, encryptionKey: aliasKey(stack) }).grantRotate(role);
    }
    return problemsOf(stack).filter((problem) => problem.startsWith('The role'));
  });
  expect(found).toEqual([
    [],
    [
      'The role Test/Runner needs 11 managed policies for the secrets that it is granted, and a role has 10, those of its own ' +
        'among them: grant some of the secrets to another role',
    ],
  ]);
});

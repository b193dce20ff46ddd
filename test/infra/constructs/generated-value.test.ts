/** A generated value is never generated again: no property of a secret reaches the block that would do it. */
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Role } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import fc from 'fast-check';
import { assert, expect, test } from 'vitest';
import { classFacts, secretClasses } from '../../../lib/contract/index.ts';
import { generatedValue } from '../../../lib/constructs/managed-secret/generated-value.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { ManagedSecret, type ManagedSecretProps } from '../../../lib/index.ts';
import { aliasKey, constructStack, databaseSecret } from '../../_helpers/construct-stack.ts';
import { resourcesOfType, synthesise } from '../../_helpers/example-app.ts';

// Never change a line of this: a deployed secret would get a new value over the live one.
const pinned = {
  database: {
    SecretStringTemplate: '{}',
    GenerateStringKey: 'password',
    PasswordLength: 32,
    ExcludeCharacters: ' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}',
  },
  'api-key': { PasswordLength: 48, ExcludePunctuation: true },
  generic: { PasswordLength: 48, ExcludePunctuation: true },
  'signing-key': {
    PasswordLength: 64,
    ExcludePunctuation: true,
    ExcludeUppercase: true,
    ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
  },
  'encryption-key': {
    PasswordLength: 64,
    ExcludePunctuation: true,
    ExcludeUppercase: true,
    ExcludeCharacters: 'ghijklmnopqrstuvwxyz',
  },
} as const;
type GeneratedClass = keyof typeof pinned;
const generatedClasses = Object.keys(pinned) as GeneratedClass[];

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,11}$/);
const host = fc.oneof(
  word.map((rds) => ({ rds })),
  word.map((name) => ({ name: `${name}.example.com` })),
);
const database = fc.record(
  { engine: fc.constant('postgres' as const), host, dbname: word, username: word, port: fc.nat(65535) },
  { requiredKeys: ['engine', 'host', 'dbname', 'username'] },
);
const anyProps = fc.record(
  {
    environment: word,
    application: word,
    name: word,
    owner: word,
    contact: word,
    description: fc.string({ maxLength: 40 }),
    sensitivity: fc.constantFrom('standard', 'high'),
    adminFor: fc.constant('postgres'),
    rotatedManually: word,
    deployers: fc.array(word.map((permissionSet) => ({ permissionSet }))),
  },
  { requiredKeys: ['environment', 'application', 'name', 'owner', 'contact'] },
) as fc.Arbitrary<Omit<ManagedSecretProps, 'class' | 'encryptionKey'>>;

test.each(generatedClasses)('whatever its props, a generated secret of class %s has the same block', (secretClass) => {
  fc.assert(
    fc.property(anyProps, database, fc.boolean(), fc.boolean(), (props, target, ownKey, scheduled) => {
      const stack = constructStack();
      const secret = new ManagedSecret(stack, 'Secret', {
        ...props,
        class: secretClass,
        encryptionKey: ownKey ? new Key(stack, 'Key') : aliasKey(stack),
        operators: [Role.fromRoleArn(stack, 'Operator', 'arn:aws:iam::444455556666:role/operator')],
        ...(secretClass === 'database' && { database: target }),
      });
      if (scheduled) {
        secret._declareRotator('arn:aws:iam::444455556666:role/rotation');
        secret.addTags({ [secretTag.strategy]: 'single-user', [secretTag.provision]: 'public=read-write' });
      }
      const resource: unknown = secret.node.findChild('Secret');
      assert(resource instanceof CfnSecret);
      expect(stack.resolve(resource.generateSecretString)).toEqual(lowerFirst(pinned[secretClass]));
      expect(resource.secretString).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});

test.each(generatedClasses)('the block of class %s reaches the template as it is pinned', (secretClass) => {
  const stack = constructStack();
  databaseSecret(stack, secretClass === 'database' ? {} : { class: secretClass, database: null });
  Template.fromStack(stack).hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: pinned[secretClass],
  });
});

test('a secret that says what is generated has this block, in whatever order its template is written', () => {
  const blockOf = (generate: NonNullable<ManagedSecretProps['generate']>): unknown => {
    const stack = constructStack();
    databaseSecret(stack, { class: 'generic', database: null, generate });
    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::SecretsManager::Secret'));
    return (resource as { Properties: { GenerateSecretString: unknown } }).Properties.GenerateSecretString;
  };
  const json = (template: Record<string, string | number>) => ({ template, key: 'password' });
  const pinnedJson = {
    SecretStringTemplate: '{"port":5672,"username":"app"}',
    GenerateStringKey: 'password',
    PasswordLength: 40,
    ExcludeCharacters: '@',
  };
  expect(blockOf({ json: json({ username: 'app', port: 5672 }), length: 40, exclude: '@' })).toEqual(pinnedJson);
  expect(blockOf({ json: json({ port: 5672, username: 'app' }), length: 40, exclude: '@' })).toEqual(pinnedJson);
  expect(blockOf({ length: 64, exclude: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789' })).toEqual({
    PasswordLength: 64,
    ExcludeCharacters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
    ExcludeUppercase: true,
    ExcludeNumbers: true,
  });
});

test('what is generated can be said of a generated value alone, and of no database', () => {
  const generate = { length: 40, exclude: '@' };
  expect(() => databaseSecret(constructStack(), { generate })).toThrow('generate is for a generated value');
  const supplied = { class: 'generic', database: null, value: 'supplied', generate } as const;
  expect(() => databaseSecret(constructStack(), supplied)).toThrow('generate is for a generated value');
});

test('the catalog and the constructs agree on which classes can be generated', () => {
  const byCatalog = secretClasses.filter((name) => classFacts[name].canBeGenerated);
  expect(Object.keys(generatedValue).sort()).toEqual([...byCatalog].sort());
});

test('no template holds a secret value or a reference that would resolve to one', () => {
  for (const stack of synthesise().values()) {
    expect(JSON.stringify(stack.template)).not.toContain('{{resolve');
    for (const { properties } of resourcesOfType(stack, 'AWS::SecretsManager::Secret')) {
      expect(properties).not.toHaveProperty('SecretString');
    }
  }
});

/** As the L1 construct spells property names. */
const lowerFirst = (block: object): object =>
  Object.fromEntries(Object.entries(block).map(([key, value]) => [key.charAt(0).toLowerCase() + key.slice(1), value]));

/** Grants of a secret: what is granted is allowed by all policies, and everything else is refused at synth. */
import { Stack, Stage } from 'aws-cdk-lib';
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  CompositePrincipal,
  Group,
  type IGrantable,
  OpenIdConnectPrincipal,
  OpenIdConnectProvider,
  OrganizationPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
  UnknownPrincipal,
  User,
  WebIdentityPrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { AttachmentTargetType, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, test } from 'vitest';
import {
  Consumer,
  DatabaseRotation,
  EncryptionKey,
  FunctionRotation,
  ManagedSecret,
  type IManagedSecret,
} from '../../../lib/index.ts';
import { type Answer, ask, type Said } from '../../_helpers/ask.ts';
import { account, constructStack, databaseSecret, region } from '../../_helpers/construct-stack.ts';
import { type Deployed, deployed } from '../../_helpers/deployed-policies.ts';
import { resourcesOfType, synthesisedStack } from '../../_helpers/example-app.ts';

const roleOf = (name: string, of = account): string => `arn:aws:iam::${of}:role/${name}`;

const roleIn = (stack: Stack, roleName: string): Role =>
  new Role(stack, roleName, { roleName, assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });

const secretName = 'prod/payments/orders-db';
const label = (name: string): Said => ({ 'secretsmanager:VersionStage': name });

/** One read: the secret, and its key on behalf of Secrets Manager. */
const reads = async ({ roles, secrets, keys }: Deployed, roleName: string, said: Said = {}): Promise<Answer> => {
  const role = roles.get(roleName) ?? { arn: roleOf(roleName), policies: [] };
  const secret = secrets.get(secretName)!;
  const key = keys.get('alias/strongroom/prod/standard')!;
  const answers = [
    await ask(role, 'secretsmanager:GetSecretValue', secret, said),
    await ask(role, 'kms:Decrypt', key, {
      'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
      'kms:EncryptionContext:SecretARN': secret.arn,
      'kms:CallerAccount': account,
      'kms:ResourceAliases': ['alias/strongroom/prod/standard'],
    }),
  ];
  return answers.every((one) => one === 'allowed') ? 'allowed' : 'denied';
};

/** A secret under a key of its own stack. */
const secretIn = (stack: Stack): ManagedSecret =>
  databaseSecret(stack, { encryptionKey: new EncryptionKey(stack, 'Key', { environment: 'prod' }).key });

const deployedOf = (...stacks: Stack[]): Deployed => deployed(stacks.map(synthesisedStack), account, region);

describe('grantRead', () => {
  test('lets a role of the stack read the current value, and no other role', async () => {
    const stack = constructStack();
    const grant = secretIn(stack).grantRead(roleIn(stack, 'api'));
    roleIn(stack, 'other');
    const policies = deployedOf(stack);
    expect(await reads(policies, 'api')).toBe('allowed');
    expect(await reads(policies, 'api', label('AWSPENDING'))).toBe('denied');
    expect(await reads(policies, 'other')).toBe('denied');
    expect(grant.success).toBe(true);
    expect(() => {
      grant.assertSuccess();
    }).not.toThrow();
    expect(grant.principalStatements.map(({ actions }) => actions)).toEqual([
      ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      ['kms:Decrypt'],
    ]);
  });

  test('is denied to a role with every right of its own that was not granted', async () => {
    const stack = constructStack();
    secretIn(stack).grantRead(roleIn(stack, 'api'));
    const { secrets } = deployedOf(stack);
    const administrator = {
      arn: roleOf('administrator'),
      policies: [{ name: 'all', policy: { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }],
    };
    expect(await ask(administrator, 'secretsmanager:GetSecretValue', secrets.get(secretName)!)).toBe('denied');
  });

  test('lets a role of another stack read, whichever of the stacks is deployed first', async () => {
    const secrets = constructStack();
    const service = new Stack(Stage.of(secrets), 'Service', { env: { account, region } });
    secretIn(secrets).grantRead(roleIn(service, 'api'));
    const policies = deployedOf(secrets, service);
    expect(await reads(policies, 'api')).toBe('allowed');
    expect(await reads(policies, 'other')).toBe('denied');
    expect(secrets.dependencies).toEqual([]);
    expect(service.dependencies).toEqual([]);
  });

  test('lets an imported role of the account read, and the role of a function', async () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    secret.grantRead(Role.fromRoleArn(stack, 'Report', roleOf('report')));
    const role = roleIn(stack, 'worker');
    secret.grantRead(
      new LambdaFunction(stack, 'Worker', {
        runtime: Runtime.NODEJS_LATEST,
        handler: 'index.handler',
        code: Code.fromInline('exports.handler = () => undefined'),
        role,
      }),
    );
    const policies = deployedOf(stack);
    expect(await reads(policies, 'report')).toBe('allowed');
    expect(await reads(policies, 'worker')).toBe('allowed');
  });

  test('returns the same grant for the same grantee, and puts the role into the policies once', () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    const role = roleIn(stack, 'api');
    expect(secret.grantRead(role)).toBe(secret.grantRead(role));
    const policies = JSON.stringify(resourcesOfType(synthesisedStack(stack), 'AWS::IAM::ManagedPolicy'));
    expect(policies.split('kms:Decrypt')).toHaveLength(2);
  });

  test('takes a Consumer and the role of a Consumer for one reader', async () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    const api = new Consumer(stack, 'Api', {
      environment: 'prod',
      application: 'payments',
      name: 'api',
      runsOn: 'ecs',
    });
    expect(secret.grantRead(api)).toBe(secret.grantRead(api.role!));
    expect(await reads(deployedOf(stack), 'prod-payments-api')).toBe('allowed');
  });

  test('is applied before a construct that reads: the policies of the role and of the secret come first', () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    const grant = secret.grantRead(roleIn(stack, 'api'));
    const reader = roleIn(stack, 'service');
    grant.applyBefore(reader);
    const { DependsOn } =
      synthesisedStack(stack).template.Resources[stack.getLogicalId(reader.node.defaultChild as never)]!;
    expect(DependsOn).toEqual([
      expect.stringMatching(/^apiReadSecretsPolicy/),
      expect.stringMatching(/^Secretordersdb.*Policy/),
    ]);
  });
});

test('grantReadPending lets a role read the value of a rotation in progress', async () => {
  const stack = constructStack();
  const secret = secretIn(stack);
  secret.grantReadPending(roleIn(stack, 'probe'));
  secret.grantRead(roleIn(stack, 'api'));
  const policies = deployedOf(stack);
  expect(await reads(policies, 'probe', label('AWSPENDING'))).toBe('allowed');
  expect(await reads(policies, 'api', label('AWSPENDING'))).toBe('denied');
});

describe('grantRotate', () => {
  const schedule = { expression: 'rate(30 days)' };

  const rotates = ({ roles, secrets }: Deployed, roleName: string, said: Said = {}): Promise<Answer> =>
    ask(
      roles.get(roleName) ?? { arn: roleOf(roleName), policies: [] },
      'secretsmanager:RotateSecret',
      secrets.get(secretName)!,
      said,
    );

  test('lets a role start the rotation that the schedule says, and invoke its function', async () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    secret.grantRotate(roleIn(stack, 'runner'));
    new DatabaseRotation(stack, 'Rotation', {
      environment: 'prod',
      engine: 'postgres',
      encryptionKeys: [secret.encryptionKey],
    }).addSchedule(secret, { strategy: 'single-user', schedule });
    const policies = deployedOf(stack);
    expect(await rotates(policies, 'runner')).toBe('allowed');
    expect(await rotates(policies, 'other')).toBe('denied');
    expect(await reads(policies, 'runner')).toBe('denied');
    // It starts the scheduled function alone.
    expect(
      await rotates(policies, 'runner', { 'secretsmanager:RotationLambdaARN': 'arn:aws:lambda:a:1:function:x' }),
    ).toBe('denied');
    expect(await rotates(policies, 'runner', { 'secretsmanager:ModifyRotationRules': 'true' })).toBe('denied');
    expect(JSON.stringify(policies.roles.get('runner')?.policies)).toContain(
      `arn:aws:lambda:${region}:${account}:function:strongroom-prod-rotation-postgres`,
    );
  });

  test('names a function of your own', () => {
    const stack = constructStack();
    const secret = databaseSecret(stack, { class: 'api-key', database: null });
    const functionArn = `arn:aws:lambda:${region}:${account}:function:stripe`;
    new FunctionRotation(stack, 'Rotation', {
      function: LambdaFunction.fromFunctionAttributes(stack, 'Stripe', { functionArn, sameEnvironment: true }),
      role: Role.fromRoleArn(stack, 'StripeRole', roleOf('stripe')),
    }).addSchedule(secret, { schedule });
    secret.grantRotate(roleIn(stack, 'runner'));
    expect(JSON.stringify(deployedOf(stack).roles.get('runner')?.policies)).toContain(functionArn);
  });

  test('fails the synth for a secret without a schedule', () => {
    const stack = constructStack();
    secretIn(stack).grantRotate(roleIn(stack, 'runner'));
    expect(() => synthesisedStack(stack)).toThrow(
      'prod/payments/orders-db is granted to Test/runner to rotate, and has no schedule: call addSchedule of a rotation',
    );
  });
});

describe('a grantee that would be denied at run time is refused', () => {
  const grantees: Record<string, { grantee: (stack: Stack) => IGrantable; message: string }> = {
    'an imported role of another account': {
      grantee: (stack) => Role.fromRoleArn(stack, 'Partner', roleOf('partner', '999988887777')),
      message: "Test/Partner, a role of account 999988887777: this app can't change its policies",
    },
    'an immutable imported role': {
      grantee: (stack) => Role.fromRoleArn(stack, 'Fixed', roleOf('fixed'), { mutable: false }),
      message: 'Test/Fixed: the role is immutable',
    },
    'a role without policy updates': {
      grantee: (stack) => roleIn(stack, 'closed').withoutPolicyUpdates(),
      message: 'Test/ImmutableRoleclosed: the role is immutable',
    },
    'a service': {
      grantee: () => new ServicePrincipal('ecs-tasks.amazonaws.com'),
      message: 'the service ecs-tasks.amazonaws.com: a service reads under a role, so grant the role',
    },
    'an account': {
      grantee: () => new AccountPrincipal(account),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    'an organisation': {
      grantee: () => new OrganizationPrincipal('o-a1b2c3d4e5'),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    anyone: { grantee: () => new AnyPrincipal(), message: 'pass a role, such as Role.fromRoleArn, or a Consumer' },
    'the ARN of a role': {
      grantee: () => new ArnPrincipal(roleOf('api')),
      message: `{"AWS":["${roleOf('api')}"]}: pass a role, such as Role.fromRoleArn, or a Consumer`,
    },
    'an identity provider': {
      grantee: (stack) =>
        new OpenIdConnectPrincipal(
          OpenIdConnectProvider.fromOpenIdConnectProviderArn(
            stack,
            'Provider',
            `arn:aws:iam::${account}:oidc-provider/ci.example.com`,
          ),
        ),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    'a web identity': {
      grantee: () => new WebIdentityPrincipal('accounts.google.com'),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    'several principals': {
      grantee: () => new CompositePrincipal(new AccountPrincipal(account), new ServicePrincipal('a.amazonaws.com')),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    'a role under conditions': {
      grantee: (stack) => ({
        grantPrincipal: new ArnPrincipal(roleIn(stack, 'api').roleArn).withConditions({
          Bool: { 'aws:SecureTransport': 'true' },
        }),
      }),
      message: 'pass a role, such as Role.fromRoleArn, or a Consumer',
    },
    'an IAM user': {
      grantee: (stack) => new User(stack, 'User'),
      message: 'an IAM user: let the user assume a role, and grant the role',
    },
    'an IAM group': {
      grantee: (stack) => new Group(stack, 'Group'),
      message: 'an IAM group, which is not a principal of a policy: grant a role',
    },
    'a construct without a role': {
      grantee: (stack) => ({ grantPrincipal: new UnknownPrincipal({ resource: stack }) }),
      message: 'a construct without a known role: pass its role',
    },
  };

  for (const grant of ['grantRead', 'grantReadPending', 'grantRotate'] as const) {
    test.each(Object.keys(grantees))(`${grant}: %s`, (name) => {
      const { grantee, message } = grantees[name]!;
      // A stack is synthesised once.
      const synthesise = (attempt: (secret: ManagedSecret, to: IGrantable) => void): string => {
        const stack = constructStack();
        attempt(secretIn(stack), grantee(stack));
        return JSON.stringify(synthesisedStack(stack).template);
      };
      const refused = synthesise((secret, to) => {
        expect(() => secret[grant](to)).toThrow(message);
      });
      expect(refused).toBe(synthesise(() => undefined));
    });
  }

  test('the same role with the pending value and without', () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    const role = roleIn(stack, 'api');
    secret.grantRead(role);
    expect(() => secret.grantReadPending(role)).toThrow(
      'The role Test/api is granted prod/payments/orders-db both with its pending value and without: choose one',
    );
  });

  test('a role whose policies are in a stack of another region', () => {
    const stack = constructStack();
    const elsewhere = new Stack(Stage.of(stack), 'Elsewhere', { env: { account, region: 'eu-central-1' } });
    expect(() => secretIn(stack).grantRead(roleIn(elsewhere, 'api'))).toThrow(
      'prod/payments/orders-db is in 444455556666/eu-west-1, and The role Elsewhere/api in a stack of 444455556666/eu-central-1',
    );
  });

  test('grantRotate of people: Identity Center makes their role', () => {
    const stack = constructStack();
    const people = new Consumer(stack, 'People', {
      environment: 'prod',
      application: 'payments',
      name: 'people',
      permissionSet: 'Support',
    });
    expect(() => secretIn(stack).grantRotate(people)).toThrow('a construct without a known role: pass its role');
  });
});

describe('a secret of another app', () => {
  const secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:prod/shop/card-AbCdEf`;

  const imported = (
    stack: Stack,
    change: Partial<Parameters<typeof ManagedSecret.fromManagedSecretAttributes>[2]> = {},
  ) =>
    ManagedSecret.fromManagedSecretAttributes(stack, 'Card', {
      secretArn,
      encryptionKey: new EncryptionKey(stack, 'Key', { environment: 'prod' }).key,
      ...change,
    });

  test('has the name in its ARN, and refers to the secret', () => {
    const card: IManagedSecret = imported(constructStack());
    expect([card.secretName, card.secretArn, card.valueFrom('number')]).toEqual([
      'prod/shop/card',
      secretArn,
      `${secretArn}:number::`,
    ]);
    expect(card.secret.secretArn).toBe(secretArn);
  });

  test('is read by a role that its policy names, with the key', async () => {
    const stack = constructStack();
    const role = Role.fromRoleArn(stack, 'Api', roleOf('api'));
    const grant = imported(stack, { readers: [role] }).grantRead(role);
    expect(grant.success).toBe(true);
    const { roles, keys } = deployedOf(stack);
    const secret = { arn: secretArn, policy: undefined, tags: {} };
    expect(await ask(roles.get('api')!, 'secretsmanager:GetSecretValue', secret)).toBe('allowed');
    expect(
      await ask(roles.get('api')!, 'kms:Decrypt', keys.get('alias/strongroom/prod/standard')!, {
        'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
        'kms:EncryptionContext:SecretARN': secretArn,
        'kms:CallerAccount': account,
        'kms:ResourceAliases': ['alias/strongroom/prod/standard'],
      }),
    ).toBe('allowed');
  });

  test('is not granted to a role that its policy does not name', () => {
    const stack = constructStack();
    const role = Role.fromRoleArn(stack, 'Api', roleOf('api'));
    const card = imported(stack, { readers: [Role.fromRoleArn(stack, 'Other', roleOf('other'))] });
    expect(() => card.grantRead(role)).toThrow(
      `The role Test/Api can't be granted prod/shop/card: the policy of the secret is in another app, and readers does not name ${roleOf('api')}`,
    );
    expect(() => card.grantReadPending(role)).toThrow('and pendingReaders does not name');
    expect(() => card.grantRotate(role)).toThrow('Grant it in the app that creates the secret');
  });

  test.each<[string, object, string]>([
    [
      'a partial ARN',
      { secretArn: secretArn.slice(0, -7) },
      'write the complete ARN of the secret with its six random characters',
    ],
    ['a name', { secretArn: 'prod/shop/card' }, 'write the complete ARN'],
    [
      'an ARN of another account',
      { secretArn: secretArn.replace(account, '999988887777') },
      'secretArn is of 999988887777/eu-west-1',
    ],
    [
      'an ARN of another region',
      { secretArn: secretArn.replace(region, 'eu-central-1') },
      'secretArn is of 444455556666/eu-central-1',
    ],
    [
      'a key that is not known',
      { secretPartialArn: secretArn },
      '"secretPartialArn" is not an attribute: write secretArn, encryptionKey, readers, pendingReaders',
    ],
  ])('is refused by %s', (_what, change, message) => {
    expect(() => imported(constructStack(), change)).toThrow(message);
  });
});

describe('the ISecret of a secret', () => {
  const calls: Record<string, (secret: ISecret, role: Role) => unknown> = {
    addRotationSchedule: (secret) => secret.addRotationSchedule('Schedule', {}),
    addToResourcePolicy: (secret, role) => secret.addToResourcePolicy(new PolicyStatement({ principals: [role] })),
    attach: (secret) =>
      secret.attach({
        asSecretAttachmentTarget: () => ({ targetId: 'orders', targetType: AttachmentTargetType.RDS_DB_INSTANCE }),
      }),
    denyAccountRootDelete: (secret) => {
      secret.denyAccountRootDelete();
    },
    grantRead: (secret, role) => secret.grantRead(role),
    grantWrite: (secret, role) => secret.grantWrite(role),
  };

  test.each(Object.keys(calls))('%s throws, and names the methods to use', (method) => {
    const stack = constructStack();
    const secret = secretIn(stack);
    expect(() => calls[method]!(secret.secret, roleIn(stack, 'api'))).toThrow(
      `${method} would give access that the policies of Strongroom deny: use grantRead, grantReadPending and grantRotate of the ManagedSecret Test/Secret-orders-db`,
    );
    expect(deployedOf(stack).roles.get('api')?.policies).toEqual([]);
  });

  test('returns the grant of a role that has one, for constructs that ask for it themselves', () => {
    const stack = constructStack();
    const secret = secretIn(stack);
    const role = roleIn(stack, 'agent');
    const grant = secret.grantRead(role);
    expect(secret.secret.grantRead(role.withoutPolicyUpdates())).toBe(grant);
    expect(secret.secret.grantRead(role, ['AWSCURRENT'])).toBe(grant);
  });
});

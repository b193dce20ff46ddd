/** Consumers with more secrets than ARNs fit into a policy: they read by tags, and by nobody else's. */
import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Secret as AwsSecret } from 'aws-cdk-lib/aws-secretsmanager';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readingOf } from '../../../lib/reader-policies/reading.ts';
import type { Application, Consumer as CatalogConsumer, Secret } from '../../../lib/model/catalog.ts';
import { Consumer, type ConsumerOptions, ManagedSecret } from '../../../lib/index.ts';
import { evaluate } from '../../../local/gateway/authorization/evaluate.ts';
import { account, aliasKey, constructStack, region } from '../../_helpers/construct-stack.ts';

const api = { environment: 'prod', application: 'payments', name: 'api' } as const;
const sizeLimit = 6_144;

const secretIn = (stack: Stack, name: string, sensitivity = 'standard'): ManagedSecret =>
  new ManagedSecret(stack, `Secret-${name}`, {
    environment: 'prod',
    application: 'payments',
    name,
    class: 'api-key',
    value: 'supplied',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: aliasKey(stack, sensitivity),
  });

const arnOf = (name: string): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:prod/payments/${name}-AbCdEf`;

/** Documents of the managed policies, as IAM would get them. */
const policiesIn = (stack: Stack, names: readonly string[]): string[] => {
  const byLogicalId = new Map(names.map((name) => [`Secret${name.replaceAll('-', '')}Secret`, arnOf(name)]));
  return Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')).map((resource) =>
    JSON.stringify((resource as { Properties: { PolicyDocument: unknown } }).Properties.PolicyDocument).replaceAll(
      /\{"Fn::GetAtt":\["([^"]+)[0-9A-F]{8}","Id"\]\}/g,
      (_, logicalId: string) => JSON.stringify(byLogicalId.get(logicalId)),
    ),
  );
};

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `a-secret-with-a-rather-long-name-${index}`);

const readerOf = (count: number, props: Partial<ConsumerOptions> = {}) => {
  const stack = constructStack();
  const names = numbered(count);
  const consumer = new Consumer(stack, 'Api', { ...api, runsOn: 'ecs', ...props });
  const secrets = names.map((name, index) => secretIn(stack, name, index % 2 === 0 ? 'standard' : 'high'));
  for (const secret of [...secrets, ...secrets]) secret.grantRead(consumer);
  return { stack, names, consumer, secrets, policies: () => policiesIn(stack, names) };
};

test('whose ARNs fit into one policy, reads by ARN and nobody is told of tags', () => {
  const { stack, names, policies } = readerOf(15);
  expect(policies()).toHaveLength(1);
  for (const name of names) expect(policies()[0]).toContain(`"${arnOf(name)}"`);
  Annotations.fromStack(stack).hasNoInfo('*', Match.anyValue());
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::SecretsManager::Secret'))).not.toContain(
    'strongroom:readers',
  );
});

describe('whose ARNs do not fit into one policy', () => {
  const { stack, names, policies } = readerOf(60);
  const template = Template.fromStack(stack);

  test('reads by tags, through one policy, and the synth says so', () => {
    expect(policies()).toHaveLength(1);
    expect(JSON.parse(policies()[0] ?? '')).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: `arn:aws:secretsmanager:${region}:${account}:secret:prod/payments/*`,
          Condition: {
            StringEquals: {
              'aws:ResourceTag/strongroom:environment': 'prod',
              'aws:ResourceTag/strongroom:application': '${aws:PrincipalTag/strongroom:application}',
            },
            StringLike: { 'aws:ResourceTag/strongroom:readers': '*:${aws:PrincipalTag/strongroom:consumer}:*' },
          },
        },
        {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: `arn:aws:kms:${region}:${account}:key/*`,
          Condition: {
            StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
            StringLike: {
              'kms:EncryptionContext:SecretARN': [`arn:aws:secretsmanager:${region}:${account}:secret:prod/payments/*`],
            },
            'ForAnyValue:StringEquals': {
              'kms:ResourceAliases': ['alias/strongroom/prod/standard', 'alias/strongroom/prod/high'],
            },
          },
        },
      ],
    });
    Annotations.fromStack(stack).hasInfo(
      '*',
      Match.stringLikeRegexp('Consumer "api" of payments reads its secrets by their tags'),
    );
  });

  test('is named by the tags of each secret, before the policy counts on it', () => {
    template.resourcePropertiesCountIs(
      'AWS::SecretsManager::Secret',
      { Tags: Match.arrayWith([{ Key: 'strongroom:readers', Value: ':api:' }]) },
      names.length,
    );
    const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
    expect((policy as { DependsOn: string[] }).DependsOn).toHaveLength(names.length);
  });

  type Tags = Readonly<Record<string, string | null>>;
  const tagged = (tags: Tags, prefix = ''): Record<string, string> =>
    Object.fromEntries(
      Object.entries(tags).flatMap(([key, value]) => (value === null ? [] : [[`${prefix}strongroom:${key}`, value]])),
    );
  const place = { environment: 'prod', application: 'payments' };

  test.each<{ name: string; role?: Tags; secret?: Tags; fullName?: string; expected: boolean }>([
    { name: 'a secret that names it', expected: true },
    { name: 'a secret that names it among others', secret: { readers: ':aaa:api:zzz:' }, expected: true },
    { name: 'a secret that names another', secret: { readers: ':settlement:' }, expected: false },
    { name: 'a secret that names one whose name it is a part of', secret: { readers: ':api-v2:' }, expected: false },
    { name: 'a secret that names one whose name ends as its own', secret: { readers: ':rest-api:' }, expected: false },
    { name: 'a secret without readers', secret: { readers: null }, expected: false },
    { name: 'a secret tagged for another environment', secret: { environment: 'dev' }, expected: false },
    { name: 'a secret tagged for another application', secret: { application: 'shop' }, expected: false },
    {
      name: 'the secret of another application',
      secret: { application: 'shop' },
      fullName: 'prod/shop/one',
      expected: false,
    },
    { name: 'a secret, under a role without tags', role: { consumer: null }, expected: false },
    { name: 'a secret, under a role of another name', role: { consumer: 'settlement' }, expected: false },
  ])('may read $name: $expected', async ({ role, secret, fullName = 'prod/payments/one', expected }) => {
    const { allowed } = await evaluate(
      {
        arn: `arn:aws:sts::${account}:assumed-role/prod-payments-api/session`,
        identityPolicies: [{ name: 'read', policy: JSON.parse(policies()[0] ?? '') as unknown }],
        context: tagged({ ...place, consumer: 'api', ...role }, 'aws:PrincipalTag/'),
      },
      {
        action: 'secretsmanager:GetSecretValue',
        resource: {
          arn: `arn:aws:secretsmanager:${region}:${account}:secret:${fullName}-AbCdEf`,
          account,
          tags: tagged({ ...place, readers: ':api:', ...secret }),
        },
      },
    );
    expect(allowed).toBe(expected);
  });
});

test('with byTag: never, ARNs fill ten policies, and what does not fit is refused', () => {
  const { names, policies } = readerOf(120, { byTag: 'never' });
  const documents = policies();
  expect(documents.length).toBeGreaterThan(1);
  for (const document of documents) expect(document.length).toBeLessThanOrEqual(sizeLimit);
  for (const name of names) {
    expect(documents.filter((document) => document.includes(`"${arnOf(name)}"`))).toHaveLength(1);
  }
  expect(() => readerOf(260, { byTag: 'never' })).toThrow(
    'Consumer "api" of payments reads more than its policies hold, 10 of 6,144 characters: ' +
      'let fewer secrets name it as their reader, or read by tags (byTag: auto, with a role of ours)',
  );
});

test('a role that Strongroom did not make has no tags of ours, and keeps to ARNs', () => {
  const stack = constructStack();
  const role = Role.fromRoleArn(stack, 'Given', `arn:aws:iam::${account}:role/report`);
  const consumer = new Consumer(stack, 'Report', { ...api, name: 'report', role });
  const names = numbered(40);
  for (const name of names) secretIn(stack, name).grantRead(consumer);
  expect(policiesIn(stack, names).length).toBeGreaterThan(1);
  expect(policiesIn(stack, names).join('')).not.toContain('PrincipalTag');
});

test('a permission set has one inline policy, past which it is refused', () => {
  const stack = constructStack();
  const people = new Consumer(stack, 'People', { ...api, name: 'people', permissionSet: 'Support' });
  expect(() => {
    for (const name of numbered(60)) secretIn(stack, name).grantRead(people);
  }).toThrow('Consumer "people" of payments reads more than its policies hold, 1 of 9,600 characters');
});

test('an adopted secret has no tags of ours: it is read by its ARN beside those that have', () => {
  const { stack, consumer, names } = readerOf(60);
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:legacy/mailer-Ab12Cd`;
  new ManagedSecret(stack, 'Adopted', {
    environment: 'prod',
    application: 'payments',
    name: 'mailer',
    class: 'api-key',
    value: 'supplied',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: aliasKey(stack),
    adopted: AwsSecret.fromSecretCompleteArn(stack, 'Mailer', arn),
  }).grantRead(consumer);
  const [byTags, byArn] = policiesIn(stack, names);
  expect(byTags).toContain('PrincipalTag');
  expect(byArn).toContain(`"${arn}"`);
});

test('names of readers that do not fit into a tag are refused', () => {
  const stack = constructStack();
  const secrets = numbered(40).map((name) => secretIn(stack, name));
  const reader = (name: string) => new Consumer(stack, name, { ...api, name, runsOn: 'ecs' });
  const names = Array.from({ length: 6 }, (_, index) => `settlement-and-reconciliation-of-the-day-${index}`);
  expect(() => {
    for (const consumer of names.map(reader)) for (const secret of secrets) secret.grantRead(consumer);
  }).toThrow(
    'The names of the 6 consumers that read prod/payments/a-secret-with-a-rather-long-name-0 by its tags take 259 ' +
      'characters, and a tag has 256: give them shorter names, or let fewer of them read it',
  );
});

test('no policy passes its limit, and the catalog tells the same way to read, whatever the names', () => {
  const name = fc
    .stringMatching(/^[a-z][a-z0-9-]{0,58}[a-z0-9]$/)
    // Such an ending is refused: AWS takes it for the end of an ARN.
    .filter((text) => !/-[a-z0-9]{6}$/.test(text));
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 45, selector: (one) => one.replaceAll('-', '') }),
      fc.boolean(),
      (names, never) => {
        const stack = constructStack();
        const byTag = never ? 'never' : 'auto';
        const consumer = new Consumer(stack, 'Api', { ...api, runsOn: 'ecs', byTag });
        for (const [index, one] of names.entries()) {
          secretIn(stack, one, index % 3 === 0 ? 'high' : 'standard').grantRead(consumer);
        }
        const documents = policiesIn(stack, names);
        for (const document of documents) expect(document.length).toBeLessThanOrEqual(sizeLimit);
        const byTags = documents.some((document) => document.includes('PrincipalTag'));
        if (!byTags) for (const one of names) expect(documents.join('')).toContain(`"${arnOf(one)}"`);
        expect(readingOf(...declared(names, byTag))).toBe(byTags ? 'by tags' : 'by ARN');
      },
    ),
    { numRuns: 12, seed: 20261121 },
  );
});

/** The same reader and secrets, as the catalog has them. */
function declared(names: readonly string[], byTag: 'auto' | 'never'): Parameters<typeof readingOf> {
  const consumer: CatalogConsumer = { name: 'api', runsOn: 'ecs', roleName: 'prod-payments-api' };
  const secrets = names.map((name, index): Secret => ({
    name,
    fullName: `prod/payments/${name}`,
    class: 'api-key',
    sensitivity: index % 3 === 0 ? 'high' : 'standard',
    value: 'supplied',
    readers: ['api'],
    rotation: { kind: 'manual' },
  }));
  const application: Pick<Application, 'name' | 'secrets'> = { name: 'payments', secrets };
  return [{ name: 'prod', account, region, fences: { byTag } }, application, consumer];
}

/**
 * A month of 50 applications as they are: tasks start and read, caches refresh, rotations run, people look at the console, the
 * pipeline deploys. Nothing of it is a detection. Each attack within that month is.
 */
import { describe, expect, it } from 'vitest';
import type { DeclaredAccess, DeclaredRole, DeclaredSecretAccess } from '../../../../lib/contract/index.ts';
import { createDeclared } from '../../../../lambdas/audit/detect/facts/declared.ts';
import type { Detection } from '../../../../lambdas/audit/detect/facts/detection.ts';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import { account, day, detectAll, hour, iam, key, minute, secretArn, type Call } from './scene.ts';

const applications = 50;
const secretsPerApplication = 6;
const days = 30;

const roles: DeclaredRole[] = [
  { arn: iam('strongroom-prod-rotation-postgres'), as: 'rotation', session: 'strongroom-prod-rotation-postgres' },
  { arn: iam('strongroom-prod-break-glass'), as: 'break-glass' },
  { arn: iam('cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1'), as: 'deployer' },
];
const [rotation, , deployer] = [0, 1, 2];
const secrets: Record<string, DeclaredSecretAccess> = {};
for (let index = 0; index < applications; index += 1) {
  const reader =
    roles.push({ arn: iam(`prod-app${index}-api`), as: 'consumer', runsOn: index % 2 === 0 ? 'ecs' : 'lambda' }) - 1;
  // One of them has 200.
  const count = index === 0 ? 200 : secretsPerApplication;
  for (let secret = 0; secret < count; secret += 1) {
    secrets[`prod/app${index}/secret-${secret}`] = {
      application: `app${index}`,
      owner: `team-${index}`,
      readers: [reader, rotation, 1],
      rotators: [rotation],
      regions: ['eu-west-1'],
      graceMs: 2 * day,
    };
  }
}
const access: DeclaredAccess = {
  environment: 'prod',
  account,
  production: true,
  roles,
  secrets,
  auditResources: ['strongroom-prod-audit'],
};

const rotationArn = roles[rotation]?.arn ?? '';
const deployerArn = roles[deployer]?.arn ?? '';
const person = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Dev_0123456789abcdef`;

const readerOf = (index: number): string => iam(`prod-app${index}-api`);
const secretsOf = (index: number): string[] =>
  Object.keys(secrets).filter((name) => name.startsWith(`prod/app${index}/`));

const decryptOf = (call: Call): Call => ({
  role: call.role ?? '',
  ...(call.session !== undefined && { session: call.session }),
  service: 'kms',
  operation: 'Decrypt',
  invokedBy: 'secretsmanager.amazonaws.com',
  request: { encryptionContext: { SecretARN: secretArn(call.secret ?? '') } },
  resources: [{ ARN: `arn:aws:kms:eu-west-1:${account}:key/${key}`, type: 'AWS::KMS::Key', accountId: account }],
  at: (call.at ?? 0) + 40,
});

/** Session names of tasks are 32 digits, those of functions the function's name. */
const sessionOf = (index: number, day: number): string =>
  index % 2 === 0
    ? `${index.toString(16).padStart(8, '0')}${day.toString(16).padStart(24, '0')}`
    : `app${index}-function`;

const readsAt = (index: number, at: number): Call[] =>
  secretsOf(index).flatMap((secret, position) => {
    const read: Call = {
      role: readerOf(index),
      session: sessionOf(index, Math.floor(at / day)),
      secret,
      endpoint: null,
      ip:
        index % 2 === 0
          ? `10.${index}.${Math.floor(at / hour) % 250}.7`
          : `3.${(index * 7 + Math.floor(at / day)) % 250}.1.9`,
      at: at + position,
    };
    return [read, decryptOf(read)];
  });

const rotationAt = (secret: string, at: number): Call[] => [
  { role: rotationArn, operation: 'DescribeSecret', secret, at },
  { role: rotationArn, secret, endpoint: null, at },
  decryptOf({ role: rotationArn, secret, at }),
  { role: rotationArn, operation: 'PutSecretValue', secret, at: at + 1 },
  { role: rotationArn, secret, endpoint: null, request: { versionStage: 'AWSPENDING' }, at: at + 2 },
  decryptOf({ role: rotationArn, secret, at: at + 2 }),
  {
    role: rotationArn,
    operation: 'UpdateSecretVersionStage',
    secret,
    request: { versionStage: 'AWSCURRENT' },
    at: at + 3,
  },
  { label: 'AWSCURRENT', secret, at: at + 3 },
];

const consoleAt = (at: number): Call[] => [
  { role: person, session: 'ann@example.com', operation: 'ListSecrets', secret: '', at },
  ...Object.keys(secrets)
    .slice(0, 5)
    .map((secret, index): Call => ({
      role: person,
      session: 'ann@example.com',
      operation: 'DescribeSecret',
      secret,
      at: at + index,
    })),
];

const deployAt = (at: number): Call[] => {
  const byDeployment: Call = {
    role: deployerArn,
    session: 'AWSCloudFormation',
    invokedBy: 'cloudformation.amazonaws.com',
    at,
  };
  return [
    { ...byDeployment, operation: 'DescribeSecret' },
    {
      ...byDeployment,
      operation: 'PutResourcePolicy',
      secret: 'prod/app1/secret-0',
      request: { blockPublicPolicy: true },
    },
    { ...byDeployment, operation: 'TagResource', secret: 'prod/app1/secret-0' },
    {
      ...byDeployment,
      service: 'lambda',
      operation: 'UpdateFunctionCode20150331v2',
      request: { functionName: 'strongroom-prod-rotation-postgres' },
    },
    {
      ...byDeployment,
      service: 'iam',
      operation: 'PutRolePolicy',
      request: { roleName: 'strongroom-prod-rotation-postgres' },
    },
    { ...byDeployment, service: 'kms', operation: 'PutKeyPolicy', request: { keyId: key } },
    { ...byDeployment, service: 'events', operation: 'PutRule', request: { name: 'strongroom-prod-audit' } },
  ];
};

/** Reads twice a day, as a cache with twelve hours does; every application starts anew every tenth day. */
const month = (): Call[] => {
  const calls: Call[] = [];
  for (let date = 0; date < days; date += 1) {
    for (let index = 0; index < applications; index += 1) {
      // The application with 200 secrets would be most of the month.
      if (index === 0 && date % 10 !== 0) continue;
      calls.push(
        ...readsAt(index, date * day + index * minute),
        ...readsAt(index, date * day + 12 * hour + index * minute),
      );
    }
    const secret = `prod/app${date + 1}/secret-0`;
    calls.push(...rotationAt(secret, date * day + 3 * hour));
    calls.push(...consoleAt(date * day + 9 * hour));
    if (date % 2 === 0) calls.push(...deployAt(date * day + 15 * hour));
    // One refused call a day: somebody's old script.
    calls.push({ role: iam('old-script'), secret, error: 'AccessDeniedException', at: date * day + 16 * hour });
    // The heartbeats around the reads, which compare reads and decryptions.
    for (const at of [1, 4, 13]) {
      for (let beat = 0; beat < 6; beat += 1)
        calls.push({ heartbeat: true, at: date * day + at * hour + beat * 5 * minute });
    }
  }
  return calls.sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
};

const options = () => ({ declared: createDeclared(access), state: createMemoryState() });

const attacks: Readonly<Record<string, { readonly finds: Detection['rule']; readonly calls: (at: number) => Call[] }>> =
  {
    'a stranger lists, then reads 20': {
      finds: 'many-secrets',
      calls: (at) => [
        { role: iam('ci-runner'), operation: 'ListSecrets', secret: '', at },
        ...Object.keys(secrets)
          .slice(0, 20)
          .map((secret, index): Call => ({ role: iam('ci-runner'), secret, at: at + 1 + index })),
      ],
    },
    'a stranger reads in batches by a filter that matches everything': {
      finds: 'batch-of-everything',
      calls: (at) => [
        {
          role: iam('ci-runner'),
          operation: 'BatchGetSecretValue',
          secret: '',
          request: { filters: [{ key: 'tag-key', values: ['!'] }] },
          at,
        },
      ],
    },
    'a task’s credentials on a laptop': {
      finds: 'outside-workload',
      calls: (at) => [
        { role: readerOf(2), session: 'me', secret: 'prod/app2/secret-0', ip: '203.0.113.1', endpoint: null, at },
      ],
    },
    'an undeclared read': {
      finds: 'undeclared-read',
      calls: (at) => [{ role: readerOf(3), session: sessionOf(3, 0), secret: 'prod/app4/secret-0', at }],
    },
    'the dead letters are purged': {
      finds: 'audit-tampering',
      calls: (at) => [
        {
          role: iam('admin'),
          service: 'sqs',
          operation: 'PurgeQueue',
          request: { queueUrl: `https://sqs.eu-west-1.amazonaws.com/${account}/strongroom-prod-audit` },
          at,
        },
      ],
    },
    'a read that the audit never saw': {
      finds: 'decrypt-without-read',
      calls: (at) => [
        decryptOf({ role: readerOf(4), session: sessionOf(4, 0), secret: 'prod/app4/secret-1', at }),
        ...Array.from({ length: 8 }, (_, beat): Call => ({ heartbeat: true, at: at + (beat + 1) * 5 * minute })),
      ],
    },
  };

describe('a month of 50 applications', () => {
  it('has no detection, and every attack at its end is found', async () => {
    const scene = options();
    const calls = month();
    const found = (await detectAll(calls, scene)).flat();
    expect(found.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([]);
    expect(calls.length).toBeGreaterThan(30_000);
    for (const [name, { finds, calls: attack }] of Object.entries(attacks)) {
      const rules = (await detectAll(attack(days * day + 20 * hour), scene)).flat().map(({ rule }) => rule);
      expect(rules, name).toContain(finds);
    }
  });
});

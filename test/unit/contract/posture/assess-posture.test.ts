import { describe, expect, it } from 'vitest';
import {
  assessPosture,
  type DeclaredPosture,
  type DeclaredSecretPosture,
  type LiveAccount,
  type LiveSecret,
  type PostureCode,
  postureCodes,
} from '../../../../lib/contract/index.ts';
import {
  alias,
  day,
  declaredPosture,
  declaredSecret,
  hour,
  keyArn,
  liveAccount,
  type LiveOptions,
  liveSecret,
  now,
  policy,
  secretName,
} from '../../../_fixtures/posture.ts';

interface Case {
  readonly declared?: Partial<DeclaredSecretPosture>;
  /** No rotation is declared. */
  readonly byHand?: true;
  readonly account?: Partial<DeclaredPosture>;
  readonly live?: Partial<LiveSecret>;
  /** Keys of {@link live} that are absent. */
  readonly without?: readonly (keyof LiveSecret)[];
  readonly others?: readonly Partial<LiveSecret>[];
  readonly facts?: LiveOptions;
  readonly asked?: Partial<LiveAccount>;
}

const findingsOf = ({ declared, byHand, account, live, without = [], others = [], facts, asked }: Case) => {
  const own = Object.fromEntries(
    Object.entries({ ...liveSecret, ...live }).filter(([key]) => !without.includes(key as keyof LiveSecret)),
  ) as unknown as LiveSecret;
  const foreign = others.map((other, index) => ({ ...plain(index), ...other }));
  return assessPosture(
    declaredPosture({ ...(byHand ? manual : declaredSecret), ...declared }, account),
    liveAccount({ secrets: [own, ...foreign], ...facts }, asked),
    now,
  ).findings;
};

const { rotation: _, ...manual } = declaredSecret;

const plain = (index: number): LiveSecret => ({
  arn: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-${index}-AbCdEf`,
  name: `other-${index}`,
  createdAt: now,
  tags: {},
  versions: 1,
});

const withPolicy = (change: (document: typeof policy) => unknown): Case => ({
  facts: { policy: { answer: JSON.stringify(change(structuredClone(policy))) } },
});

const [denial, allowance] = policy.Statement;

const found: [PostureCode, string, Case, string?][] = [
  [
    'overdue',
    'the last rotation is older than the interval and a window',
    { live: { lastRotatedAt: now - 722 * hour - 1 } },
  ],
  ['overdue', 'the date of the next rotation has passed', { live: { nextRotationAt: now - 1 } }],
  [
    'never-rotated',
    'a rotation at creation has not come in a day',
    { live: { createdAt: now - day - 1 }, without: ['lastRotatedAt'] },
  ],
  [
    'never-rotated',
    'the first interval has passed',
    {
      declared: { rotation: { ...declaredSecret.rotation!, atCreation: false } },
      live: { lastChangedAt: now - 31 * day },
      without: ['lastRotatedAt'],
    },
  ],
  ['never-read', 'it was last read 91 days ago', { live: { lastReadAt: now - (now % day) - 91 * day } }],
  [
    'never-read',
    'it is 91 days old and was never read',
    { live: { createdAt: now - 91 * day }, without: ['lastReadAt'] },
  ],
  ['exception-ends-soon', 'it ends in 30 days', { declared: { exception: exceptionUntil('2026-12-29') } }, 'medium'],
  ['exception-ends-soon', 'it ends today', { declared: { exception: exceptionUntil('2026-11-30') } }, 'medium'],
  ['exception-ends-soon', 'it ended yesterday', { declared: { exception: exceptionUntil('2026-11-29') } }, 'high'],
  [
    'certificate-near-expiry',
    'its tag names a day within 30 days',
    {
      declared: { class: 'tls-certificate' },
      live: { tags: { ...liveSecret.tags, 'strongroom:expires': '2026-12-20' } },
    },
  ],
  [
    'certificate-near-expiry',
    'its tag names a day that is over',
    {
      declared: { class: 'tls-certificate' },
      live: { tags: { ...liveSecret.tags, 'strongroom:expires': '2026-11-29' } },
    },
    'critical',
  ],
  [
    'certificate-near-expiry',
    'its tag is not a day',
    {
      declared: { class: 'tls-certificate' },
      live: { tags: { ...liveSecret.tags, 'strongroom:expires': 'next year' } },
    },
    'medium',
  ],
  [
    'key-near-expiry',
    'the tag of a signing key names a day within 30 days',
    { declared: { class: 'signing-key' }, live: { tags: { ...liveSecret.tags, 'strongroom:expires': '2026-12-20' } } },
  ],
  [
    'key-near-expiry',
    'the material of the KMS key expires',
    { facts: { key: { answer: { arn: keyArn, state: 'Enabled', validTo: now + 29 * day } } } },
  ],
  [
    'key-near-expiry',
    'the KMS key is scheduled for deletion',
    { facts: { key: { answer: { arn: keyArn, state: 'PendingDeletion', deletionAt: now + 7 * day } } } },
    'critical',
  ],
  ['undeclared-secret', 'another secret of the account', { others: [{ name: 'shop' }] }, 'low'],
  [
    'undeclared-secret',
    'a secret under the names of the environment',
    { others: [{ name: 'prod/payments/old' }] },
    'medium',
  ],
  [
    'undeclared-secret',
    'a secret whose tags say that it is of another environment',
    { others: [{ name: 'shop', tags: { 'strongroom:environment': 'dev' } }] },
  ],
  [
    'undeclared-secret',
    'a secret of its own with replicas',
    { others: [{ name: 'shop', primaryRegion: 'eu-west-1' }] },
  ],
  ['missing-secret', 'AWS says that there is none', { facts: { secrets: [] }, asked: { missing: [secretName] } }],
  ['missing-secret', 'its deletion was asked for', { live: { deletedAt: now - day } }, 'critical'],
  ['drift-policy', 'there is no policy', { facts: { policy: { answer: undefined } } }, 'critical'],
  ['drift-policy', 'the text is not JSON', { facts: { policy: { answer: 'not a policy' } } }],
  ['drift-policy', 'a denial is missing', withPolicy((document) => ({ ...document, Statement: [allowance] })), 'high'],
  [
    'drift-policy',
    'an allowance is missing',
    withPolicy((document) => ({ ...document, Statement: [denial] })),
    'medium',
  ],
  [
    'drift-policy',
    'another principal is left out of a denial',
    withPolicy((document) => {
      document.Statement[0]!.Condition!.ArnNotLike['aws:PrincipalArn'].push('arn:aws:iam::111122223333:role/other');
      return document;
    }),
    'high',
  ],
  [
    'drift-policy',
    'an allowance is added',
    withPolicy((document) => ({
      ...document,
      Statement: [
        ...document.Statement,
        { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:*', Resource: '*' },
      ],
    })),
    'high',
  ],
  ['drift-tags', 'a tag has another value', { live: { tags: { ...liveSecret.tags, 'cost-centre': '7' } } }],
  ['drift-tags', 'a tag is missing', { live: { tags: { 'strongroom:environment': 'prod', 'cost-centre': '42' } } }],
  [
    'drift-tags',
    'a tag of Strongroom is added',
    { live: { tags: { ...liveSecret.tags, 'strongroom:provision': 'a=migrate' } } },
  ],
  [
    'drift-key',
    'it is encrypted with another key',
    {
      live: { keyId: 'alias/other' },
      facts: { otherKeys: { 'alias/other': { answer: { arn: `${keyArn}0`, state: 'Enabled' } } } },
    },
  ],
  [
    'drift-key',
    'it is encrypted with the key that AWS manages',
    {
      without: ['keyId'],
      facts: { otherKeys: { 'alias/aws/secretsmanager': { answer: { arn: `${keyArn}0`, state: 'Enabled' } } } },
    },
  ],
  ['drift-key', 'the key is disabled', { facts: { key: { answer: { arn: keyArn, state: 'Disabled' } } } }, 'critical'],
  ['drift-key', 'there is no such key', { facts: { key: { answer: undefined } } }, 'critical'],
  ['drift-schedule', 'no schedule is declared', { byHand: true }],
  ['drift-schedule', 'rotation is off', { without: ['rotation', 'nextRotationAt'] }],
  [
    'drift-schedule',
    'another function rotates',
    { live: { rotation: { ...liveSecret.rotation, functionArn: 'arn:other' } } },
  ],
  [
    'drift-schedule',
    'it rotates less often',
    { live: { rotation: { ...liveSecret.rotation, expression: 'rate(90 days)' } } },
  ],
  ['drift-schedule', 'its window is longer', { live: { rotation: { ...liveSecret.rotation, duration: '12h' } } }],
];

const nothing: [string, Case][] = [
  ['as deployed', {}],
  ['the last rotation is as old as the interval and a window', { live: { lastRotatedAt: now - 722 * hour } }],
  ['the next rotation is due in a moment', { live: { nextRotationAt: now + 1 } }],
  [
    'it was created an hour ago, and rotates now',
    { live: { createdAt: now - hour, lastChangedAt: now - hour }, without: ['lastRotatedAt', 'lastReadAt'] },
  ],
  [
    'it is supplied, and its first window comes',
    {
      declared: { rotation: { ...declaredSecret.rotation!, atCreation: false } },
      live: { createdAt: now - 20 * day, lastChangedAt: now - 20 * day },
      without: ['lastRotatedAt', 'lastReadAt'],
    },
  ],
  [
    'an old secret was adopted a day ago',
    {
      declared: { rotation: { ...declaredSecret.rotation!, atCreation: false } },
      live: { lastChangedAt: now - day },
      without: ['lastRotatedAt'],
    },
  ],
  ['it was last read 90 days ago', { live: { lastReadAt: now - (now % day) - 90 * day } }],
  ['it is 90 days old and was never read', { live: { createdAt: now - 90 * day }, without: ['lastReadAt'] }],
  ['nothing has a reason to read it', { declared: { honey: true }, without: ['lastReadAt'] }],
  ['its exception ends in 31 days', { declared: { exception: exceptionUntil('2026-12-31') } }],
  [
    'its certificate ends in a year',
    {
      declared: { class: 'tls-certificate' },
      live: { tags: { ...liveSecret.tags, 'strongroom:expires': '2027-11-30' } },
    },
  ],
  [
    'the material of its key expires in a year',
    { facts: { key: { answer: { arn: keyArn, state: 'Enabled', validTo: now + 365 * day } } } },
  ],
  ['a service owns another secret', { others: [{ name: 'rds!cluster-1', owningService: 'rds' }] }],
  ['another secret is being deleted', { others: [{ name: 'shop', deletedAt: now - day }] }],
  ['another secret is a replica', { others: [{ name: 'prod/payments/far', primaryRegion: 'us-east-1' }] }],
  [
    'another environment has the secret, by the beginning of its name',
    { account: { neighbours: { prefixes: ['dev/'], names: [] } }, others: [{ name: 'dev/payments/orders-db' }] },
  ],
  [
    'another environment has the secret, by its full name',
    { account: { neighbours: { prefixes: [], names: ['legacy'] } }, others: [{ name: 'legacy' }] },
  ],
  ['other secrets could not be listed', { others: [{ name: 'shop' }], asked: { isComplete: false } }],
  ['the secret could not be asked', { facts: { secrets: [] } }],
  ['the policy could not be asked', { facts: { policy: { refused: 'denied' } } }],
  ['the key could not be asked', { live: { keyId: 'alias/other' }, facts: { key: { refused: 'denied' } } }],
  [
    'a deployment or a rotation adds tags of its own',
    { live: { tags: { ...liveSecret.tags, 'strongroom:pending/abc': 'v2', team: 'x' } } },
  ],
  ['AWS has the ARN of the alias', { live: { keyId: `arn:aws:kms:eu-west-1:111122223333:${alias}` } }],
  [
    'AWS has the ARN of the key',
    { live: { keyId: keyArn }, facts: { otherKeys: { [keyArn]: { answer: { arn: keyArn, state: 'Enabled' } } } } },
  ],
  [
    'the schedule has other white space',
    { live: { rotation: { ...liveSecret.rotation, expression: ' rate(30  day) ' } } },
  ],
  [
    'it rotates by hand, and is old',
    { byHand: true, live: { createdAt: now - 900 * day }, without: ['lastRotatedAt', 'rotation', 'nextRotationAt'] },
  ],
];

function exceptionUntil(until: string) {
  return { reason: 'The vendor has no second key', approvedBy: 'ciso', until };
}

describe('the posture of a secret', () => {
  it.each<[PostureCode, string, Case, string?]>(found)('has %s where %s', (code, _, change, severity) => {
    const findings = findingsOf(change);
    expect(findings.map((one) => one.code)).toEqual([code]);
    if (severity !== undefined) expect(findings[0]?.severity).toBe(severity);
  });

  it.each(nothing)('has nothing where %s', (_, change) => {
    expect(findingsOf(change)).toEqual([]);
  });

  it('has a case for each kind of finding', () => {
    expect(new Set(found.map(([code]) => code))).toEqual(new Set(postureCodes));
  });
});

/** What differs between a declared secret and the deployed one. */
import { policyDifference, policyMeaningsIn } from './policy-meaning.ts';
import type { DeclaredSecretPosture, LiveAccount, LiveKey, LiveSecret, PolicyStatementMeaning } from './posture.ts';
import type { AuditSeverity } from './audit-destinations.ts';
import type { PostureCode } from './posture.ts';
import { expiresTag, pendingMarkPrefix, tagPrefix } from './tags.ts';

/** A finding about one secret. */
export interface SecretFinding {
  readonly code: PostureCode;
  readonly message: string;
  /** Absent: that of the code. */
  readonly severity?: AuditSeverity;
}

/** @param policy - the declared statements. */
export const driftOf = (
  declared: DeclaredSecretPosture,
  policy: readonly PolicyStatementMeaning[],
  live: LiveSecret,
  account: Pick<LiveAccount, 'policies' | 'keys'>,
): SecretFinding[] => [
  ...policyDrift(policy, live, account),
  ...keyDrift(declared, live, account),
  ...scheduleDrift(declared, live),
  ...tagDrift(declared, live),
];

const policyDrift = (
  declared: readonly PolicyStatementMeaning[],
  { arn }: LiveSecret,
  { policies }: Pick<LiveAccount, 'policies'>,
): SecretFinding[] => {
  const asked = policies.get(arn);
  if (!asked || 'refused' in asked) return [];
  const { answer } = asked;
  if (answer === undefined) {
    return [
      {
        code: 'drift-policy',
        severity: 'critical',
        message: 'It has no resource policy: every policy of the account holds.',
      },
    ];
  }
  const live = policyMeaningsIn(answer);
  if (!live) return [{ code: 'drift-policy', message: 'Its resource policy is not a policy document.' }];
  const difference = policyDifference(declared, live);
  if (!difference) return [];
  const { missing, additional, isWider } = difference;
  const changed = missing.filter((sid) => additional.includes(sid));
  const parts = [
    inWords('changed', changed),
    inWords(
      'missing',
      missing.filter((sid) => !changed.includes(sid)),
    ),
    inWords(
      'in addition',
      additional.filter((sid) => !changed.includes(sid)),
    ),
  ];
  return [
    {
      code: 'drift-policy',
      severity: isWider ? 'high' : 'medium',
      message:
        `Statements of its resource policy differ: ${parts.filter((part) => part !== '').join('; ')}.` +
        (isWider ? ' They may allow more than declared.' : ' They allow less than declared.'),
    },
  ];
};

const keyDrift = (
  { key: declaredKey }: DeclaredSecretPosture,
  { keyId = managedKey }: LiveSecret,
  { keys }: Pick<LiveAccount, 'keys'>,
): SecretFinding[] => {
  if (keyId === declaredKey || keyId.endsWith(`:${declaredKey}`)) return [];
  const [declared, live] = [answerOf(keys, declaredKey), answerOf(keys, keyId)];
  // One that could not be asked is among what was not asked.
  if (!declared || !live) return [];
  if (declared.key !== undefined && declared.key.arn === live.key?.arn) return [];
  return [{ code: 'drift-key', message: `It is encrypted with ${keyId}, and ${declaredKey} is declared.` }];
};

const scheduleDrift = (
  { rotation: declared }: DeclaredSecretPosture,
  { rotation: live }: LiveSecret,
): SecretFinding[] => {
  if (!declared && !live) return [];
  if (!declared) {
    const by = live?.functionArn === undefined ? '' : ` by ${live.functionArn}`;
    return [{ code: 'drift-schedule', message: `It rotates on a schedule${by}, and none is declared.` }];
  }
  if (!live) {
    return [{ code: 'drift-schedule', message: `Its rotation is off, and ${scheduleInWords(declared)} is declared.` }];
  }
  const differences = [
    ...(live.functionArn === declared.functionArn
      ? []
      : [`the function is ${live.functionArn ?? 'none'}, and ${declared.functionArn} is declared`]),
    ...(scheduleOf(live) === scheduleOf(declared)
      ? []
      : [`the schedule is ${scheduleInWords(live)}, and ${scheduleInWords(declared)} is declared`]),
  ];
  return differences.length === 0
    ? []
    : [{ code: 'drift-schedule', message: `Its rotation differs: ${differences.join('; ')}.` }];
};

/** Tags of others are theirs. Those of Strongroom decide what a rotation does, so an additional one counts. */
const tagDrift = ({ tags: declared }: DeclaredSecretPosture, { tags: live }: LiveSecret): SecretFinding[] => {
  const missing = Object.keys(declared).filter((key) => !(key in live));
  const changed = Object.entries(declared).filter(([key, value]) => key in live && live[key] !== value);
  const additional = Object.keys(live).filter(
    (key) =>
      key.startsWith(tagPrefix) && !key.startsWith(pendingMarkPrefix) && key !== expiresTag && !(key in declared),
  );
  const parts = [
    inWords(
      'changed',
      changed.map(([key]) => key),
    ),
    inWords('missing', missing),
    inWords('in addition', additional),
  ].filter((part) => part !== '');
  return parts.length === 0 ? [] : [{ code: 'drift-tags', message: `Its tags differ: ${parts.join('; ')}.` }];
};

/** The answer about a key, if there is one: a key, or none of that name. */
const answerOf = (keys: LiveAccount['keys'], id: string): { readonly key: LiveKey | undefined } | undefined => {
  const asked = keys.get(id);
  return asked && 'answer' in asked ? { key: asked.answer } : undefined;
};

interface Schedule {
  readonly expression?: string;
  readonly duration?: string;
}

/** `rate(1 days)` is `rate(1 day)`, whatever the white space. */
const scheduleOf = ({ expression = '', duration = '' }: Schedule): string =>
  `${expression
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/(day|hour)s\)$/, '$1)')} ${duration}`.trim();

const scheduleInWords = ({ expression = 'no schedule', duration }: Schedule): string =>
  duration === undefined ? expression : `${expression} with a window of ${duration}`;

const inWords = (what: string, names: readonly string[]): string => {
  if (names.length === 0) return '';
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more} ${what}`;
};

const shown = 5;

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html */
export const managedKey = 'alias/aws/secretsmanager';

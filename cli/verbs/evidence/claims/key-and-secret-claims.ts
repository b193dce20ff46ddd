/** Claims about keys and secrets that the account shows. */
import { isAnyone, parsedPolicy, type PolicyStatement } from './policy.ts';
import { type Claim, type Facts, findingOf, fromAws, type Part } from './claim.ts';
import { keyAlias } from '../../../../lib/contract/index.ts';
import type { KeySeen, SecretSeen } from '../../../operators/evidence/gather.ts';
import type { KeyFacts } from '../../../operators/evidence/ports.ts';

const noKeys = 'the environment has no key of its own';
const noSecrets = 'the environment has no secrets';
const hourMs = 3_600_000;
/** A window, and the repetitions of a rotation that fails at first. */
const toleranceMs = 48 * hourMs;
/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html */
const longestPeriodDays = 365;

const redeploy = (environment: string): string =>
  `compare with cdk diff, then deploy strongroom-${environment}-foundation`;
const missing = (next: string) => ({ shows: 'not in the account', gap: { what: 'AWS has no such key', next } });

const ofKeys =
  (judge: (key: KeyFacts, facts: Facts) => { shows: string; gap?: { what: string; next: string } }) => (facts: Facts) =>
    findingOf(
      facts.live.keys.map(({ key }) =>
        fromAws(
          key,
          (value) => (value === undefined ? missing(redeploy(facts.environment.name)) : judge(value, facts)),
          ({ arn }) => arn,
        ),
      ),
      'key',
      noKeys,
    );

export const keyAndSecretClaims = {
  'keys-customer-managed': {
    title: 'Customer managed KMS keys encrypt the secrets, and are enabled',
    check: ofKeys(({ manager, state }, { environment }) => {
      const shows = `${manager === 'CUSTOMER' ? 'customer managed' : 'AWS managed'}, ${state}`;
      if (manager === 'CUSTOMER' && state === 'Enabled') return { shows };
      const next =
        state === 'PendingDeletion'
          ? 'cancel it (aws kms cancel-key-deletion): without the key, every secret under it is lost'
          : `find out who changed it in CloudTrail; ${redeploy(environment.name)}`;
      return { shows, gap: { what: `the key is ${shows}`, next } };
    }),
  },
  'keys-in-hsm': {
    title: 'KMS created the material of the keys in its HSMs, and each key is in one Region',
    check: ofKeys(({ origin, multiRegion, spec }) => {
      const shows = `${spec}, origin ${origin}, ${multiRegion ? 'multi-Region' : 'one Region'}`;
      if (origin === 'AWS_KMS' && !multiRegion) return { shows };
      const what =
        origin === 'AWS_KMS' ? 'its material is in more than one Region' : 'its material was made outside of KMS';
      return { shows, gap: { what, next: 'find out in CloudTrail who created it, and which secrets it encrypts' } };
    }),
  },
  'keys-rotate': {
    title: 'KMS replaces the material of each key within a year',
    check: ({ live, environment }) =>
      findingOf(
        live.keys.map(({ key, rotation }: KeySeen) =>
          fromAws(rotation, (value) => {
            if (value === undefined) return missing(redeploy(environment.name));
            const { enabled, periodDays = longestPeriodDays } = value;
            const shows = enabled ? `every ${periodDays} days` : 'off';
            if (enabled && periodDays <= longestPeriodDays) return { shows };
            const named = 'value' in key && key.value ? key.value.arn : rotation.resource;
            const next = `aws kms enable-key-rotation --key-id ${named}, and find out who changed it`;
            return {
              shows,
              gap: { what: enabled ? `it rotates every ${periodDays} days only` : 'rotation is off', next },
            };
          }),
        ),
        'key',
        noKeys,
      ),
  },
  'secrets-encrypted': {
    title: 'Every secret is in the account, under the key that is declared for it',
    check: (facts) =>
      findingOf(
        facts.live.secrets.map((one) => encrypted(one, facts)),
        'secret',
        noSecrets,
      ),
  },
  'rotated-in-time': {
    title: 'Every secret that rotates has done so within its interval',
    check: (facts) =>
      findingOf(
        facts.live.secrets.flatMap((one) => rotated(one, facts)),
        'secret',
        'no secret rotates',
      ),
  },
  'policies-closed': {
    title:
      'The resource policy of each secret denies reads to all but its declared readers, and allows no one at large',
    check: (facts) =>
      findingOf(
        facts.live.secrets.map((one) => closed(one, facts)),
        'secret',
        noSecrets,
      ),
  },
} as const satisfies Readonly<Record<string, Claim>>;

const encrypted = ({ application, secret, state }: SecretSeen, facts: Facts): Part => {
  const { environment } = facts;
  const deploy = `put it into the account: deploy strongroom-${environment.name}-${application}`;
  return fromAws(
    state,
    (value) => {
      if (value === undefined)
        return { shows: 'not in the account', gap: { what: 'AWS has no such secret', next: deploy } };
      if (value.deletedAt) {
        const next = `aws secretsmanager restore-secret --secret-id ${value.arn}, and find out who deleted it`;
        return { shows: 'scheduled for deletion', gap: { what: 'it is scheduled for deletion', next } };
      }
      const shows = `key ${value.keyId ?? 'aws/secretsmanager'}`;
      if (!declaredKeys(secret, facts).has(value.keyId?.replace(/^arn:[^/]*:(alias\/)/, '$1') ?? managedKey)) {
        const next = `strongroom preflight ${value.name}; a deployment of its application sets the key again`;
        return { shows, gap: { what: `another key encrypts it: ${value.keyId ?? 'aws/secretsmanager'}`, next } };
      }
      if (secret.adopted && secret.adopted.keyArn === undefined) {
        const next = 'give the adopted secret a customer managed key (docs/adoption.md)';
        return { shows, gap: { what: 'the key that AWS manages encrypts it', next } };
      }
      return { shows };
    },
    ({ arn }) => arn,
  );
};

/** AWS names it in a secret only if it was asked for. */
const managedKey = 'alias/aws/secretsmanager';

/** Each name under which Secrets Manager may have the declared key: alias, ARN or id. */
const declaredKeys = (
  { adopted, sensitivity }: SecretSeen['secret'],
  { environment, live }: Facts,
): ReadonlySet<string | undefined> => {
  const alias = keyAlias(environment.name, sensitivity);
  const seen = live.keys.find((one) => one.sensitivity === sensitivity)?.key;
  const own = seen && 'value' in seen ? seen.value?.arn : undefined;
  const arn = adopted ? adopted.keyArn : own;
  const names = [arn, arn?.split('/').at(-1)].filter((name) => name !== undefined);
  if (adopted) return new Set(arn === undefined ? [managedKey] : names);
  return new Set([alias, ...names]);
};

const rotated = ({ secret: { rotation }, state }: SecretSeen, { now }: Facts): Part[] => {
  if (rotation.kind === 'manual') return [];
  return [
    fromAws(
      state,
      (value) => {
        if (value === undefined) {
          return {
            shows: 'not in the account',
            gap: { what: 'AWS has no such secret', next: 'deploy its application: the first rotation follows' },
          };
        }
        const next = `strongroom diagnose ${value.name}`;
        if (!value.rotationEnabled) return { shows: 'rotation is off', gap: { what: 'rotation is off', next } };
        const { lastRotatedAt, createdAt } = value;
        const longestMs = rotation.everyHours * hourMs + toleranceMs;
        if (!lastRotatedAt) {
          const young = createdAt && now.getTime() - createdAt.getTime() < longestMs;
          return { shows: 'never rotated', ...(!young && { gap: { what: 'it has never rotated', next } }) };
        }
        const shows = `last rotated ${lastRotatedAt.toISOString().slice(0, 10)}, every ${Math.ceil(rotation.everyHours / 24)} days`;
        if (now.getTime() - lastRotatedAt.getTime() <= longestMs) return { shows };
        const what = `its last rotation was on ${lastRotatedAt.toISOString().slice(0, 10)}`;
        return { shows, gap: { what, next } };
      },
      ({ arn }) => arn,
    ),
  ];
};

const closed = ({ policy, state }: SecretSeen, { environment }: Facts): Part => {
  const name = 'value' in state && state.value ? state.value.arn : policy.resource;
  return fromAws({ ...policy, resource: name }, (text) => {
    const next = `find out in CloudTrail who changed the policy (PutResourcePolicy), then deploy the stacks of ${environment.name} again`;
    const statements = text === undefined ? [] : parsedPolicy(text);
    const reads = statements.filter(denyReads);
    const open = statements.filter(allowsAnyone);
    const shows =
      text === undefined ? 'no policy' : `${statements.length} statements, ${reads.length} deny reads to others`;
    if (open.length > 0) return { shows, gap: { what: 'a statement allows anyone', next } };
    if (reads.length === 0) return { shows, gap: { what: 'no statement denies it to undeclared principals', next } };
    return { shows };
  });
};

/** Denies everyone who is not on the list of roles. */
const denyReads = ({ effect, actions, principals, condition }: PolicyStatement): boolean =>
  effect === 'Deny' &&
  isAnyone(principals) &&
  actions.includes('secretsmanager:GetSecretValue') &&
  Object.entries(condition).some(
    ([operator, keys]) => operator === 'ArnNotLike' && Object.keys(keys).some((key) => key === 'aws:PrincipalArn'),
  );

const allowsAnyone = ({ effect, principals, condition }: PolicyStatement): boolean =>
  effect === 'Allow' && isAnyone(principals) && Object.keys(condition).length === 0;

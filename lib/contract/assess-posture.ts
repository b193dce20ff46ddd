/** Computes the posture of an environment from what it declares and what could be asked of its account. Pure. */
import { auditSeverities, type AuditSeverity } from './audit-destinations.ts';
import { driftOf, type SecretFinding } from './posture-drift.ts';
import { dueOf, keyDue } from './posture-due.ts';
import {
  type DeclaredPosture,
  type DeclaredSecretPosture,
  type LiveAccount,
  type LiveSecret,
  type Posture,
  type PostureFinding,
  postureFindings,
  type PostureReport,
} from './posture.ts';

/** @param now - milliseconds since the epoch. */
export const assessPosture = (declared: DeclaredPosture, live: LiveAccount, now: number): PostureReport => {
  const found = findersOf(declared, live);
  const findings: PostureFinding[] = [];
  const secrets = Object.entries(declared.secrets).map(([name, secret]): Posture => {
    const own = found.of(name, secret);
    const about = findingsAbout(declared, name, secret, own, live, now);
    findings.push(...about);
    return postureOf(name, secret, own, about, live, now);
  });
  findings.push(...keyFindings(declared, live, now));
  if (live.isComplete) findings.push(...undeclared(declared, live, found.known));
  return {
    environment: declared.environment,
    account: declared.account,
    region: declared.region,
    at: new Date(now).toISOString(),
    secrets: secrets.sort((one, other) => byText(one.name, other.name)),
    findings: findings.sort(bySeverity),
    notAsked: live.notAsked,
  };
};

/** Whether a finding is at least as severe. */
export const isAtLeast = (severity: AuditSeverity, minimum: AuditSeverity): boolean =>
  auditSeverities.indexOf(severity) >= auditSeverities.indexOf(minimum);

interface Finders {
  readonly of: (name: string, secret: DeclaredSecretPosture) => LiveSecret | undefined;
  /** ARNs of the secrets that are declared. */
  readonly known: ReadonlySet<string>;
}

/** An adopted secret is known by its ARN: another one of its name is not the declared one. */
const findersOf = (declared: DeclaredPosture, { secrets }: LiveAccount): Finders => {
  const byName = new Map(secrets.map((secret) => [secret.name, secret]));
  const byArn = new Map(secrets.map((secret) => [secret.arn, secret]));
  const find: Finders['of'] = (name, { arn }) => (arn === undefined ? byName.get(name) : byArn.get(arn));
  const known = new Set<string>();
  for (const [name, secret] of Object.entries(declared.secrets)) {
    const live = find(name, secret);
    if (live) known.add(live.arn);
  }
  return { of: find, known };
};

const findingsAbout = (
  declared: DeclaredPosture,
  name: string,
  secret: DeclaredSecretPosture,
  own: LiveSecret | undefined,
  live: LiveAccount,
  now: number,
): PostureFinding[] => {
  const policy = secret.policy.flatMap((index) => declared.statements[index] ?? []);
  const found: SecretFinding[] = [
    ...missing(name, own, live),
    ...(own && own.deletedAt === undefined ? driftOf(secret, policy, own, live) : []),
    ...dueOf(secret, own?.deletedAt === undefined ? own : undefined, now),
  ];
  const { owner, application } = secret;
  return found.map((one) => finding(declared, { ...one, subject: name, owner, application }));
};

const missing = (name: string, own: LiveSecret | undefined, { missing: absent }: LiveAccount): SecretFinding[] => {
  if (own?.deletedAt !== undefined) {
    return [
      {
        code: 'missing-secret',
        severity: 'critical',
        message: `Its deletion was asked for on ${dayOf(own.deletedAt)}. Restore it before it is gone.`,
      },
    ];
  }
  return !own && absent.includes(name)
    ? [{ code: 'missing-secret', message: 'It is declared, and the account has no secret of this name.' }]
    : [];
};

/** One for each key, whatever the number of secrets under it. */
const keyFindings = (declared: DeclaredPosture, { keys }: LiveAccount, now: number): PostureFinding[] => {
  const secretsBy = new Map<string, number>();
  for (const { key } of Object.values(declared.secrets)) secretsBy.set(key, (secretsBy.get(key) ?? 0) + 1);
  return [...secretsBy].flatMap(([key, count]) => {
    const asked = keys.get(key);
    if (!asked || 'refused' in asked) return [];
    return keyDue(key, asked.answer, count, now).map((one) =>
      finding(declared, { ...one, subject: asked.answer?.arn ?? key }),
    );
  });
};

/** Secrets of services, of other environments and replicas of other regions are not of this environment. */
const undeclared = (
  declared: DeclaredPosture,
  { secrets }: LiveAccount,
  known: ReadonlySet<string>,
): PostureFinding[] => {
  const names = new Set(declared.neighbours.names);
  const isNeighbour = (name: string): boolean =>
    names.has(name) || declared.neighbours.prefixes.some((prefix) => name.startsWith(prefix));
  return secrets
    .filter(
      ({ arn, name, owningService, deletedAt, primaryRegion = declared.region }) =>
        !known.has(arn) &&
        owningService === undefined &&
        deletedAt === undefined &&
        primaryRegion === declared.region &&
        !isNeighbour(name),
    )
    .map(({ name }) => {
      const looksOwn = declared.prefixes.some((prefix) => name.startsWith(prefix));
      return finding(declared, {
        code: 'undeclared-secret',
        subject: name,
        message: looksOwn
          ? 'Its name is one of the environment, and no catalog declares it: the policies of the platform’s roles may match it.'
          : 'The account has it, and no catalog declares it.',
        ...(looksOwn && { severity: 'medium' }),
      });
    });
};

type Found = SecretFinding & Pick<PostureFinding, 'subject' | 'owner' | 'application'>;

const finding = ({ environment }: DeclaredPosture, found: Found): PostureFinding => {
  const { code, subject, severity = postureFindings[code].severity, message, owner, application } = found;
  return {
    code,
    severity,
    uid: `posture/${environment}/${code}/${subject}`,
    subject,
    message,
    ...(owner !== undefined && { owner }),
    ...(application !== undefined && { application }),
  };
};

const postureOf = (
  name: string,
  { application, class: secretClass, owner, rotation, exception }: DeclaredSecretPosture,
  own: LiveSecret | undefined,
  findings: readonly PostureFinding[],
  { missing: absent }: LiveAccount,
  now: number,
): Posture => ({
  name,
  application,
  class: secretClass,
  owner,
  deployed: own ? 'yes' : absent.includes(name) ? 'no' : 'unknown',
  ...(own?.createdAt !== undefined && {
    ageDays: Math.floor((now - own.createdAt) / dayMs),
    createdAt: new Date(own.createdAt).toISOString(),
  }),
  ...(own?.lastRotatedAt !== undefined && { lastRotatedAt: new Date(own.lastRotatedAt).toISOString() }),
  ...(own?.nextRotationAt !== undefined && { nextRotationAt: new Date(own.nextRotationAt).toISOString() }),
  ...(own?.lastReadAt !== undefined && { lastReadOn: dayOf(own.lastReadAt) }),
  ...(own && { versions: own.versions }),
  ...(rotation && { everyHours: rotation.everyHours }),
  ...(exception && { exception }),
  findings: findings.map(({ code }) => code),
});

const bySeverity = (one: PostureFinding, other: PostureFinding): number =>
  auditSeverities.indexOf(other.severity) - auditSeverities.indexOf(one.severity) || byText(one.uid, other.uid);

const byText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const dayMs = 86_400_000;

/**
 * Secrets Manager as its API reference describes it, in memory: versions, staging labels, idempotent puts, the
 * compare-and-swap of UpdateSecretVersionStage. `secret-versions-contract.ts` holds it to the same as the service.
 */
import type {
  SecretDescription,
  SecretVersion,
  SecretVersions,
  VersionSelector,
} from '../../lambdas/rotation/core/ports.ts';
import { isOfEnvironment } from '../../lambdas/rotation/core/of-environment.ts';
import { RotationError } from '../../lambdas/rotation/core/rotation-error.ts';
import { pendingMarkPrefix, secretTag } from '../../lib/contract/index.ts';
import { undisturbed, type Decision, type Interleaving } from './interleaving.ts';

interface Version {
  value?: string;
  readonly stages: Set<string>;
  readonly createdAt: Date;
}

type Before = Pick<Secret, 'versions' | 'tags'>;

interface Secret {
  readonly arn: string;
  readonly name: string;
  tags: Record<string, string>;
  rotationEnabled: boolean;
  lastRotatedAt?: Date;
  lastChangedAt: Date;
  nextRotationAt?: Date;
  versions: Map<string, Version>;
  /** What stale reads see. */
  before?: Before;
}

export class SecretsManagerModel {
  readonly #secrets = new Map<string, Secret>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date('2026-01-01T00:00:00Z')) {
    this.#now = now;
  }

  /** Creates a secret whose value, where it has one, is AWSCURRENT. Returns its ARN. */
  create(name: string, options: { value?: string; tags?: Record<string, string>; versionId?: string } = {}): string {
    const arn = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-AbCdEf`;
    const { value, tags = {}, versionId = `initial-${name}`.padEnd(32, '0') } = options;
    const versions = new Map<string, Version>();
    if (value !== undefined)
      versions.set(versionId, { value, stages: new Set(['AWSCURRENT']), createdAt: this.#now() });
    this.#secrets.set(arn, { arn, name, tags, rotationEnabled: true, lastChangedAt: this.#now(), versions });
    return arn;
  }

  /** RotateSecret: a pending version without a value, unless another rotation is on its way or stuck. */
  startRotation(secretId: string, token: string): void {
    const secret = this.#find(secretId);
    for (const [id, { stages }] of secret.versions) {
      if (stages.has('AWSPENDING') && !stages.has('AWSCURRENT') && id !== token) {
        throw new Error('InvalidRequestException: a previous rotation is not complete');
      }
    }
    this.#label(secret, 'AWSPENDING', token);
  }

  /** Takes AWSPENDING away, as the operator who gives up a rotation does. */
  cancelRotation(secretId: string): void {
    for (const { stages } of this.#find(secretId).versions.values()) stages.delete('AWSPENDING');
  }

  /** PutSecretValue by hand: a new AWSCURRENT. */
  put(secretId: string, versionId: string, value: string): void {
    const secret = this.#find(secretId);
    secret.versions.set(versionId, { value, stages: new Set(), createdAt: this.#now() });
    this.#moveCurrent(secret, versionId);
  }

  /** PutSecretValue by hand with `--version-stages AWSPENDING`, as whoever may put a value can. */
  plant(secretId: string, versionId: string, value: string): void {
    const secret = this.#find(secretId);
    this.#label(secret, 'AWSPENDING', versionId);
    secret.versions.get(versionId)!.value = value;
  }

  configure(
    secretId: string,
    change: Partial<Pick<Secret, 'tags' | 'rotationEnabled' | 'lastRotatedAt' | 'nextRotationAt'>>,
  ): void {
    Object.assign(this.#find(secretId), change);
  }

  /** A while has passed: reads are not stale any more. */
  settle(): void {
    for (const secret of this.#secrets.values()) delete secret.before;
  }

  has(secretId: string): boolean {
    return [...this.#secrets.values()].some(({ arn, name }) => arn === secretId || name === secretId);
  }

  arnOf(secretId: string): string {
    return this.#find(secretId).arn;
  }

  /** Values by label, as they are now. */
  labelled(secretId: string): { versionId: string; stage: string; value: string | undefined }[] {
    return [...this.#find(secretId).versions].flatMap(([versionId, { value, stages }]) =>
      [...stages].map((stage) => ({ versionId, stage, value })),
    );
  }

  value(secretId: string, stage: string): string | undefined {
    return this.labelled(secretId).find((version) => version.stage === stage)?.value;
  }

  /** Every value that any version ever had. */
  values(): Map<string, string> {
    const values = new Map<string, string>();
    for (const { versions, name } of this.#secrets.values()) {
      for (const [id, { value }] of versions) if (value !== undefined) values.set(`${name} ${id}`, value);
    }
    return values;
  }

  /** Everything on which what happens next depends, as JSON takes it. */
  state(): unknown {
    return [...this.#secrets.values()].map(
      ({ name, rotationEnabled, lastRotatedAt, lastChangedAt, versions, tags, before }) => [
        name,
        rotationEnabled,
        lastRotatedAt,
        lastChangedAt,
        stateOf(versions),
        marksIn(tags),
        before && [stateOf(before.versions), marksIn(before.tags)],
      ],
    );
  }

  /** The port, as one worker sees it. */
  port(at: Interleaving = undisturbed): SecretVersions {
    return {
      describe: async (secretId) => {
        const decision = await decide(at, 'versions.describe', 'read', nameIn(secretId), () =>
          this.#canBeStale(secretId),
        );
        return describe(this.#view(secretId, decision));
      },
      read: async (secretId, version) => {
        const decision = await decide(
          at,
          'versions.read',
          'read',
          `${'stage' in version ? version.stage : version.versionId} of ${nameIn(secretId)}`,
          () => this.#canBeStale(secretId),
        );
        return this.has(secretId) ? read(this.#view(secretId, decision), version) : undefined;
      },
      mark: async (secretId, { key, versionId }) => {
        const decision = await decide(at, 'versions.mark', 'write', versionId);
        const secret = this.#find(secretId);
        secret.before = copyOf(secret);
        secret.tags = { ...secret.tags, [key]: versionId };
        if (decision === 'lose-answer') throw timedOut();
      },
      unmark: async (secretId, keys) => {
        const decision = await decide(at, 'versions.unmark', 'write', `${keys.length}`);
        const secret = this.#find(secretId);
        secret.before = copyOf(secret);
        secret.tags = Object.fromEntries(Object.entries(secret.tags).filter(([key]) => !keys.includes(key)));
        if (decision === 'lose-answer') throw timedOut();
      },
      storePending: async (secretId, versionId, value) => {
        const decision = await decide(at, 'versions.storePending', 'write', versionId);
        const outcome = this.#storePending(this.#find(secretId), versionId, value);
        if (decision === 'lose-answer') throw timedOut();
        return outcome;
      },
      promote: async (secretId, { from, to }) => {
        const decision = await decide(at, 'versions.promote', 'write', `${from} to ${to}`);
        const secret = this.#find(secretId);
        const compared = secret.versions.get(from)?.stages.has('AWSCURRENT') ?? false;
        if (compared) {
          secret.before = copyOf(secret);
          this.#moveCurrent(secret, to);
        }
        if (decision === 'lose-answer') throw timedOut();
        return compared ? 'promoted' : 'moved-elsewhere';
      },
      removeLabel: async (secretId, stage, versionId) => {
        const decision = await decide(at, 'versions.removeLabel', 'write', `${stage} of ${versionId}`);
        const secret = this.#find(secretId);
        secret.before = copyOf(secret);
        secret.versions.get(versionId)?.stages.delete(stage);
        if (decision === 'lose-answer') throw timedOut();
      },
      list: (filter) => this.#list(filter, at),
    };
  }

  async *#list({ environment, engine }: Parameters<SecretVersions['list']>[0], at: Interleaving) {
    for (const { arn, name, tags } of [...this.#secrets.values()]) {
      const decision = await decide(at, 'versions.list', 'read', name, () => this.#canBeStale(arn));
      if (tags[secretTag.engine] === engine && isOfEnvironment({ name, tags }, environment)) {
        yield describe(this.#view(arn, decision));
      }
    }
  }

  #storePending(secret: Secret, versionId: string, value: string): 'stored' | 'other-value' {
    const stored = secret.versions.get(versionId)?.value;
    if (stored !== undefined) return stored === value ? 'stored' : 'other-value';
    secret.before = copyOf(secret);
    this.#label(secret, 'AWSPENDING', versionId);
    secret.versions.get(versionId)!.value = value;
    return 'stored';
  }

  #moveCurrent(secret: Secret, to: string): void {
    for (const [id, { stages }] of secret.versions) {
      if (stages.has('AWSCURRENT') && id !== to) this.#label(secret, 'AWSPREVIOUS', id);
    }
    this.#label(secret, 'AWSCURRENT', to);
    secret.versions.get(to)!.stages.delete('AWSPREVIOUS');
    secret.lastRotatedAt = this.#now();
  }

  #label(secret: Secret, stage: string, versionId: string): void {
    const { versions } = secret;
    secret.lastChangedAt = this.#now();
    for (const { stages } of versions.values()) stages.delete(stage);
    const version = versions.get(versionId);
    if (version) version.stages.add(stage);
    else versions.set(versionId, { stages: new Set([stage]), createdAt: this.#now() });
  }

  #canBeStale(secretId: string): boolean {
    return this.has(secretId) && this.#find(secretId).before !== undefined;
  }

  #view(secretId: string, decision: Decision): Secret {
    const secret = this.#find(secretId);
    return decision === 'stale' && secret.before ? { ...secret, ...secret.before } : secret;
  }

  #find(secretId: string): Secret {
    const secret = [...this.#secrets.values()].find(({ arn, name }) => arn === secretId || name === secretId);
    if (!secret) throw new RotationError('value-missing', `There is no secret ${secretId}`, { retryable: false });
    return secret;
  }
}

const decide = async (
  at: Interleaving,
  operation: string,
  kind: 'read' | 'write',
  detail: string,
  canBeStale?: () => boolean,
): Promise<Decision> => {
  const decision = await at({ operation, kind, detail, ...(canBeStale && { canBeStale }) });
  if (decision === 'refuse') {
    throw new RotationError('aws-throttled', `Could not ${operation} (ThrottlingException)`, { retryable: true });
  }
  return decision;
};

const nameIn = (secretId: string): string => /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(secretId)?.[1] ?? secretId;

const stateOf = (versions: ReadonlyMap<string, Version>): unknown =>
  [...versions]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { value, stages, createdAt }]) => [id, value, [...stages].sort(), createdAt]);

const timedOut = (): RotationError =>
  new RotationError('aws-unavailable', 'Could not write (TimeoutError)', { retryable: true });

const describe = (secret: Secret): SecretDescription => {
  const { arn, name, tags, rotationEnabled, versions, lastRotatedAt, lastChangedAt, nextRotationAt } = secret;
  return {
    arn,
    name,
    tags: { ...tags },
    rotationEnabled,
    stages: new Map(
      [...versions].filter(([, { stages }]) => stages.size > 0).map(([id, v]) => [id, new Set(v.stages)]),
    ),
    lastChangedAt,
    ...(lastRotatedAt && { lastRotatedAt }),
    ...(nextRotationAt && { nextRotationAt }),
  };
};

const read = ({ arn, name, versions }: Secret, selector: VersionSelector): SecretVersion | undefined => {
  for (const [versionId, { value, stages, createdAt }] of versions) {
    const selected = 'versionId' in selector ? versionId === selector.versionId : stages.has(selector.stage);
    if (selected && value !== undefined) return { arn, name, versionId, value, stages: new Set(stages), createdAt };
  }
  return undefined;
};

/** Of the tags, rotations change the marks of pending values alone. In the order of their making: digests have none. */
const marksIn = (tags: Secret['tags']): readonly (readonly [key: string, versionId: string])[] =>
  Object.entries(tags).filter(([key]) => key.startsWith(pendingMarkPrefix));

const copyOf = ({ versions, tags }: Secret): Before => ({ versions: copy(versions), tags: { ...tags } });

const copy = (versions: Map<string, Version>): Map<string, Version> =>
  new Map(
    [...versions].map(([id, { value, stages, createdAt }]) => [
      id,
      { ...(value !== undefined && { value }), stages: new Set(stages), createdAt },
    ]),
  );

/** Asks AWS for everything that the claims need, and records for each answer the call, the resource and the time. */
import {
  auditDetectName,
  auditFunctionName,
  keyAlias,
  rotationAlarmName,
  type Sensitivity,
  trailName,
} from '../../../lib/contract/index.ts';
import type { EnvironmentCatalog, Secret } from '../../../lib/model/index.ts';
import { CommandError, type CommandErrorCode } from '../../terminal/errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { SecretState } from '../ports.ts';
import type {
  AlarmFacts,
  BucketLifecycleFacts,
  EvidenceSource,
  FunctionFacts,
  KeyFacts,
  KeyRotationFacts,
  LogGroupFacts,
  TrailFacts,
  TrailSelectorFacts,
  TrailStatusFacts,
} from './ports.ts';

/** An answer of AWS, or why there is none. */
export type Seen<Value> = Asked & ({ readonly value: Value | undefined } | { readonly refused: Refusal });

export interface Asked {
  /** `kms:DescribeKey`; also the permission that it needs. */
  readonly call: string;
  /** ARN or name of what was asked about. */
  readonly resource: string;
  /** When the answer came. */
  readonly at: Date;
}

export interface Refusal {
  readonly code: CommandErrorCode | 'not-connected';
  readonly message: string;
}

export interface SecretSeen {
  readonly application: string;
  readonly secret: Secret;
  readonly state: Seen<SecretState>;
  readonly policy: Seen<string>;
}

export interface KeySeen {
  readonly sensitivity: Sensitivity;
  readonly key: Seen<KeyFacts>;
  readonly rotation: Seen<KeyRotationFacts>;
}

export interface TrailSeen {
  readonly trail: Seen<TrailFacts>;
  readonly status: Seen<TrailStatusFacts>;
  readonly selectors: Seen<TrailSelectorFacts>;
  readonly versioning: Seen<{ readonly enabled: boolean }>;
  readonly publicAccess: Seen<{ readonly blocked: boolean }>;
  readonly encryption: Seen<{ readonly algorithm: string }>;
  readonly lifecycle: Seen<BucketLifecycleFacts>;
}

export interface LiveFacts {
  readonly keys: readonly KeySeen[];
  readonly secrets: readonly SecretSeen[];
  /** Absent: the trail is not Strongroom's (`trail: existing`). */
  readonly trail?: TrailSeen;
  readonly alarms: Seen<readonly AlarmFacts[]>;
  readonly functions: { readonly audit: Seen<FunctionFacts>; readonly detect: Seen<FunctionFacts> };
  readonly logGroups: Seen<readonly LogGroupFacts[]>;
}

/** Far below the quotas of every service that is asked. */
const atOnce = 8;

/**
 * Never fails: what AWS refuses, or does not answer, is recorded as such.
 *
 * @param source - a refusal: there are no credentials, and nothing is asked
 */
export const gather = async (
  source: EvidenceSource | Refusal,
  environment: EnvironmentCatalog,
  now: () => Date,
  onProgress: (what: string) => void,
): Promise<LiveFacts> => {
  const ask = asker(source, now);
  const secrets = environment.applications.flatMap(({ name, secrets: own }) =>
    own.map((secret) => ({ application: name, secret })),
  );
  onProgress('looking at keys, trail, alarms and functions');
  const keys = await inParallel(sensitivitiesOf(secrets), atOnce, (one) => lookAtKey(ask, environment.name, one));
  const trail = environment.trail === 'create' ? await lookAtTrail(ask, environment) : undefined;
  const alarms = await lookAtAlarms(ask, environment.name, new Set(secrets.map(({ secret }) => secret.fullName)));
  const functionNamed = (name: string): Promise<Seen<FunctionFacts>> =>
    ask('lambda:GetFunctionConfiguration', name, (aws) => aws.functionState(name));
  const functions = {
    audit: await functionNamed(auditFunctionName(environment.name)),
    detect: await functionNamed(auditDetectName(environment.name)),
  };
  const groups = `/aws/lambda/strongroom-${environment.name}-`;
  const logGroups = await ask('logs:DescribeLogGroups', `${groups}*`, (aws) => aws.logGroups(groups));
  let looked = 0;
  const seen = await inParallel(secrets, atOnce, async (one): Promise<SecretSeen> => {
    const id = one.secret.adopted?.arn ?? one.secret.fullName;
    const state = await ask('secretsmanager:DescribeSecret', id, (aws) => aws.secret(id));
    const policy = await ask('secretsmanager:GetResourcePolicy', id, (aws) => aws.secretPolicy(id));
    looked += 1;
    onProgress(`looking at ${secrets.length} secrets, ${looked} done`);
    return { ...one, state, policy };
  });
  return { keys, secrets: seen, ...(trail && { trail }), alarms, functions, logGroups };
};

type Ask = <Value>(
  call: string,
  resource: string,
  how: (aws: EvidenceSource) => Promise<Value | undefined>,
) => Promise<Seen<Value>>;

const asker =
  (source: EvidenceSource | Refusal, now: () => Date): Ask =>
  async (call, resource, how) => {
    if ('code' in source) return { call, resource, at: now(), refused: source };
    try {
      const value = await how(source);
      return { call, resource, at: now(), value };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return { call, resource, at: now(), refused: { code: error.code, message: error.message } };
    }
  };

const sensitivitiesOf = (secrets: readonly { readonly secret: Secret }[]): Sensitivity[] => {
  const own = secrets.filter(({ secret }) => !secret.adopted).map(({ secret }) => secret.sensitivity);
  return (['standard', 'high'] as const).filter((one) => own.includes(one));
};

const lookAtKey = async (ask: Ask, environment: string, sensitivity: Sensitivity): Promise<KeySeen> => {
  const alias = keyAlias(environment, sensitivity);
  const key = await ask('kms:DescribeKey', alias, (aws) => aws.key(alias));
  const rotation = await after(key, 'kms:GetKeyRotationStatus', ({ arn }) =>
    ask('kms:GetKeyRotationStatus', arn, (aws) => aws.keyRotation(arn)),
  );
  return { sensitivity, key, rotation };
};

const lookAtTrail = async (ask: Ask, { name }: EnvironmentCatalog): Promise<TrailSeen> => {
  const trail = await ask('cloudtrail:DescribeTrails', trailName(name), (aws) => aws.trail(trailName(name)));
  const ofTrail = <Value>(call: string, how: (aws: EvidenceSource, arn: string) => Promise<Value | undefined>) =>
    after(trail, call, ({ arn }) => ask(call, arn, (aws) => how(aws, arn)));
  const ofBucket = <Value>(call: string, how: (aws: EvidenceSource, bucket: string) => Promise<Value | undefined>) =>
    after(trail, call, ({ bucket }) => ask(call, `arn:aws:s3:::${bucket}`, (aws) => how(aws, bucket)));
  return {
    trail,
    status: await ofTrail('cloudtrail:GetTrailStatus', (aws, arn) => aws.trailStatus(arn)),
    selectors: await ofTrail('cloudtrail:GetEventSelectors', (aws, arn) => aws.trailSelectors(arn)),
    versioning: await ofBucket('s3:GetBucketVersioning', (aws, bucket) => aws.bucketVersioning(bucket)),
    publicAccess: await ofBucket('s3:GetBucketPublicAccessBlock', (aws, bucket) => aws.bucketPublicAccess(bucket)),
    encryption: await ofBucket('s3:GetEncryptionConfiguration', (aws, bucket) => aws.bucketEncryption(bucket)),
    lifecycle: await ofBucket('s3:GetLifecycleConfiguration', (aws, bucket) => aws.bucketLifecycle(bucket)),
  };
};

/** What can only be asked after the first answer: it shares the fate of the first. */
const after = async <First, Value>(
  first: Seen<First>,
  call: string,
  ask: (value: First) => Promise<Seen<Value>>,
): Promise<Seen<Value>> => {
  const { resource, at } = first;
  if ('refused' in first) return { call, resource, at, refused: first.refused };
  return first.value === undefined ? { call, resource, at, value: undefined } : ask(first.value);
};

/** Those of the environment: alarms of rotations have the name of the secret, not that of the environment. */
const lookAtAlarms = async (
  ask: Ask,
  environment: string,
  secrets: ReadonlySet<string>,
): Promise<Seen<readonly AlarmFacts[]>> => {
  const rotation = rotationAlarmName('');
  return ask('cloudwatch:DescribeAlarms', `strongroom-${environment}-*, ${rotation}*`, async (aws) => [
    ...(await aws.alarms(`strongroom-${environment}-`)),
    ...(await aws.alarms(rotation)).filter(({ name }) => secrets.has(name.slice(rotation.length))),
  ]);
};

/** CloudTrail: a record of every call, taken to EventBridge at once and to the bucket of the trail in files. */
import { z } from 'zod';

import type { Clock } from '../clock.ts';
import type { Authorize, EndedCall, Hooks } from '../pipeline.ts';
import type { AwsRequest, Forward } from '../request.ts';
import type { RotationServiceEvent } from '../rotation/rotation-run.ts';
import { callJson, jsonCall, type Scope } from '../service-call.ts';
import type { DeletionEvent, KeyUse, LabelMoved } from '../services/secrets-manager/secrets-context.ts';
import { createDigestKey, type DigestKey } from './digest-key.ts';
import { createDigests } from './digests.ts';
import { createEventDelivery, type Reach } from './event-delivery.ts';
import { writeTrailFile } from './trail-files.ts';
import {
  callRecord,
  keyUseRecord,
  labelBusEvent,
  serviceEventRecord,
  trailBusEvent,
  type BusEvent,
  type TrailRecord,
} from './trail-record.ts';
import { createTrails } from './trails.ts';

export interface CloudTrail {
  /** Goes into the pipeline: records every call that has come to an end. */
  readonly hooks: Hooks;
  recordRotation(event: RotationServiceEvent): void;
  recordDeletion(event: DeletionEvent): void;
  recordLabelMoved(moved: LabelMoved): void;
  recordKeyUse(request: AwsRequest, use: KeyUse): void;
  /** The latest records, oldest first, whether or not a trail takes them. */
  records(): readonly TrailRecord[];
  /** Delivers what waits for EventBridge, and writes what waits for the bucket. */
  flush(): Promise<void>;
  /** Flushes, and writes the digests of all hours that are over. */
  writeDigests(): Promise<void>;
  /** The key that signs digests. */
  digestKey(): DigestKey;
  /** Forgets every record. */
  reset(): void;
  /** Flushes and stops. */
  close(): Promise<void>;
}

export interface CloudTrailOptions {
  readonly forward: Forward;
  readonly authorize: Authorize;
  readonly clock: Clock;
  /** Called with what could not be delivered. */
  readonly onError: (error: unknown) => void;
  /** Puts an event on the bus. One that fails is lost: CloudTrail does not repeat it. @default they never fail */
  readonly busFaults?: (event: BusEvent) => Promise<boolean>;
  /** How long records wait for their file, ms. @default 5000 */
  readonly fileIntervalMs?: number;
}

interface Waiting {
  readonly scope: Scope;
  readonly records: TrailRecord[];
}

/** Of the machine's time. After a jump of the gateway's clock they are written on demand: it may be one of months. */
const digestIntervalMs = 60_000;

/** AWS keeps 90 days; a laptop's memory keeps this many records. */
const historyLength = 10_000;

export const createCloudTrail = ({
  forward,
  authorize,
  clock,
  onError,
  busFaults = () => Promise.resolve(false),
  fileIntervalMs = 5000,
}: CloudTrailOptions): CloudTrail => {
  const trails = createTrails(forward);
  const delivery = createEventDelivery(forward, authorize, onError);
  const keys = createKeyArns(forward);
  let signingKey: DigestKey | undefined;
  const digestKey = (): DigestKey => (signingKey ??= createDigestKey());
  const digests = createDigests({ forward, authorize }, digestKey);
  const sessions = new Map<string, number>();
  const history: TrailRecord[] = [];
  const waiting = new Map<string, Waiting>();
  let work: Promise<void> = Promise.resolve();

  /** One after the other, so that events arrive in the order in which things happened. */
  const enqueue = (task: () => Promise<void>): void => {
    work = work.then(task).catch(onError);
  };
  const sessionStart = (request: AwsRequest): number => {
    if (request.caller.kind === 'service') return request.receivedAt;
    const start = sessions.get(request.caller.accessKeyId) ?? request.receivedAt;
    sessions.set(request.caller.accessKeyId, start);
    return start;
  };
  const note = (record: TrailRecord): void => {
    history.push(record);
    if (history.length > historyLength) history.shift();
  };
  const deliver = async (record: TrailRecord): Promise<void> => {
    if (!record.managementEvent) return;
    const scope = { account: record.recipientAccountId, region: record.awsRegion };
    const logging = await trails.logging(scope);
    if (!logging.some((trail) => trail.takes(record))) return;
    const key = `${scope.account}/${scope.region}`;
    const group = waiting.get(key) ?? { scope, records: [] };
    group.records.push(record);
    waiting.set(key, group);
    const event = trailBusEvent(record);
    if (await busFaults(event)) return;
    await delivery.deliver(event, record.readOnly ? 'all-management-events' : 'enabled');
  };
  const add = (record: TrailRecord): void => {
    note(record);
    enqueue(() => deliver(record));
  };
  const deliverNative = (event: BusEvent, reach: Reach): void => {
    enqueue(() => delivery.deliver(event, reach));
  };

  const writeFiles = async (): Promise<void> => {
    const groups = [...waiting.values()];
    waiting.clear();
    for (const { scope, records } of groups) {
      for (const trail of await trails.logging(scope)) {
        const [first, ...others] = records.filter((record) => trail.takes(record));
        if (first === undefined) continue;
        const file = await writeTrailFile({ forward, authorize }, scope, trail, [first, ...others], clock.now());
        digests.note(scope, trail, file);
      }
    }
  };
  const timer = setInterval(() => {
    if (waiting.size > 0) enqueue(writeFiles);
  }, fileIntervalMs).unref();
  const digestTimer = setInterval(() => {
    enqueue(() => digests.write(Math.min(clock.now(), Date.now())));
  }, digestIntervalMs).unref();

  const flush = async (): Promise<void> => {
    enqueue(writeFiles);
    await work;
  };

  return {
    hooks: {
      ended: (call: EndedCall) => {
        if (call.request.service === 'events') delivery.forgetRules();
        if (call.request.service === 'cloudtrail') trails.forget();
        add(callRecord(call, sessionStart(call.request)));
      },
    },
    recordRotation: (event) => {
      add(serviceEventRecord(event, clock.now()));
    },
    recordDeletion: (event) => {
      add(serviceEventRecord(event, clock.now()));
    },
    recordLabelMoved: (moved) => {
      // Plainly enabled rules get this event from the emulator itself.
      deliverNative(labelBusEvent(moved, clock.now()), 'all-management-events');
    },
    recordKeyUse: (request, use) => {
      // The emulator has no such key: its use leaves no record, as if no key is named.
      if (use.keyId.endsWith('alias/aws/secretsmanager')) return;
      const start = sessionStart(request);
      enqueue(async () => {
        const record = keyUseRecord(request, use, await keys.arnOf(use, use.keyId), start);
        note(record);
        await deliver(record);
      });
    },
    records: () => history,
    flush,
    writeDigests: async () => {
      enqueue(writeFiles);
      enqueue(() => digests.write(clock.now()));
      await work;
    },
    digestKey,
    reset: () => {
      digests.reset();
      history.length = 0;
      waiting.clear();
      sessions.clear();
    },
    close: async () => {
      clearInterval(timer);
      clearInterval(digestTimer);
      await flush();
    },
  };
};

const keySchema = z.looseObject({ KeyMetadata: z.looseObject({ Arn: z.string() }) });

/** A secret names its key by id, ARN or alias; a record by ARN. */
const createKeyArns = (forward: Forward) => {
  const arns = new Map<string, string>();
  return {
    arnOf: async ({ account, region }: Scope, keyId: string): Promise<string> => {
      if (/^arn:[^:]+:kms:[^:]+:\d+:key\//.test(keyId)) return keyId;
      const cacheKey = `${account}/${region}/${keyId}`;
      const known = arns.get(cacheKey);
      if (known !== undefined) return known;
      const call = jsonCall({ account, region }, 'secretsmanager.amazonaws.com', 'kms', 'DescribeKey', {
        KeyId: keyId,
      });
      const { KeyMetadata } = keySchema.parse(await callJson(forward, call));
      arns.set(cacheKey, KeyMetadata.Arn);
      return KeyMetadata.Arn;
    },
  };
};

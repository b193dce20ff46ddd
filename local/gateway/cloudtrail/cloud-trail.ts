/** CloudTrail: a record of every call, taken to EventBridge at once and to the bucket of the trail in files. */
import { z } from 'zod';

import type { Clock } from '../clock.ts';
import type { Authorize, EndedCall, Hooks } from '../pipeline.ts';
import type { AwsRequest, Forward } from '../request.ts';
import type { RotationServiceEvent } from '../rotation/rotation-run.ts';
import { callJson, jsonCall, type Scope } from '../service-call.ts';
import type { DeletionEvent, KeyUse, LabelMoved } from '../services/secrets-manager/secrets-context.ts';
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
  /** How long records wait for their file, ms. @default 5000 */
  readonly fileIntervalMs?: number;
}

interface Waiting {
  readonly scope: Scope;
  readonly records: TrailRecord[];
}

/** AWS keeps 90 days; a laptop's memory keeps this many records. */
const historyLength = 10_000;

export const createCloudTrail = ({
  forward,
  authorize,
  clock,
  onError,
  fileIntervalMs = 5000,
}: CloudTrailOptions): CloudTrail => {
  const trails = createTrails(forward);
  const delivery = createEventDelivery(forward, authorize, onError);
  const keys = createKeyArns(forward);
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
    await delivery.deliver(trailBusEvent(record), record.readOnly ? 'all-management-events' : 'enabled');
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
        const taken = records.filter((record) => trail.takes(record));
        if (taken.length > 0) await writeTrailFile({ forward, authorize }, scope, trail, taken, clock.now());
      }
    }
  };
  const timer = setInterval(() => {
    if (waiting.size > 0) enqueue(writeFiles);
  }, fileIntervalMs).unref();

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
    reset: () => {
      history.length = 0;
      waiting.clear();
      sessions.clear();
    },
    close: async () => {
      clearInterval(timer);
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

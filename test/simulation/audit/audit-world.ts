/**
 * The fast lane of the audit under faults: the handlers as they ship, with models of queues, ledger and destinations. A
 * function can be killed at every call that leaves it, before the call or after it.
 */
import type { SQSBatchResponse } from 'aws-lambda';
import { createDeliverHandler } from '../../../lambdas/audit/deliver/create-deliver-handler.ts';
import type { Queues } from '../../../lambdas/audit/queues/queues.ts';
import {
  DestinationError,
  type Destination,
  type DestinationErrorCode,
  type Outcome,
} from '../../../lambdas/audit/destinations/destination.ts';
import { createNormaliseHandler } from '../../../lambdas/audit/fan-out/create-normalise-handler.ts';
import type { Ledger } from '../../../lambdas/audit/ledger/ledger.ts';
import { readPack } from '../../../lambdas/audit/queues/pack.ts';
import type { LambdaFunction } from '../../../lambdas/runtime/middleware/invocation.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { apiCall, eventBridge } from '../../_fixtures/cloudtrail.ts';
import { createLedgerModel } from '../../_helpers/ledger-model.ts';
import { SqsModel } from '../../_helpers/sqs-model.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly events: number;
  /** Part of the calls at which a function is killed, while there are faults. @default 0.02 */
  readonly kills?: number;
  /** Faults of the code, which the invariants must find. */
  readonly seeded?: {
    readonly ledger?: (ledger: Ledger) => Ledger;
    readonly destination?: (destination: Destination) => Destination;
    readonly queues?: (queues: Queues) => Queues;
    readonly answer?: (answer: SQSBatchResponse) => SQSBatchResponse;
  };
}

export interface Outcomes {
  /** Events that are neither at a destination nor in its dead letters. */
  readonly lost: readonly string[];
  /** Arrivals of events that a destination had already. */
  readonly duplicates: number;
  readonly deadLetters: number;
  readonly quarantined: number;
  /** Events that were refused and are nevertheless at the destination, or the reverse. */
  readonly misplaced: readonly string[];
  readonly kills: number;
}

class Killed extends Error {}

const destinations = ['dead', 'slow', 'partial', 'good'] as const;
type Name = (typeof destinations)[number];

/** For this part of the run there are faults; then everything heals. */
const faultyMs = 2 * 60 * 60 * 1000;

export const runWorld = async ({ seed, events, kills = 0.02, seeded = {} }: WorldOptions): Promise<Outcomes> => {
  const random = mulberry(seed);
  let time = 0;
  let killed = 0;
  const isFaulty = () => time < faultyMs;
  const sqs = new SqsModel({ now: () => time, random, duplicates: 0.01 });
  const quarantine = sqs.create('strongroom-dev-audit-quarantine');
  const input = sqs.create('strongroom-dev-audit', { deadLetters: { url: quarantine, maxReceiveCount: 1_000 } });

  /** Any call out of a function can be its last. */
  const perilous = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...parameters: readonly unknown[]) => {
          const die = (): void => {
            if (!isFaulty() || random() >= kills) return;
            killed += 1;
            throw new Killed();
          };
          die();
          const result: unknown = await Reflect.apply(value, target, parameters);
          die();
          return result;
        };
      },
    });

  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const shared = { environment: 'dev', region: 'eu-west-1', log: quiet, redactor: new Redactor(), now: () => time };
  const queues = perilous(seeded.queues?.(sqs) ?? sqs);
  const received = new Map<Name, Map<string, number>>();
  const lanes = destinations.map((name) => {
    const arrivals = new Map<string, number>();
    received.set(name, arrivals);
    const deadLettersUrl = sqs.create(`${name}-dead-letters`);
    const queueUrl = sqs.create(`strongroom-dev-audit-${name}`, {
      deadLetters: { url: deadLettersUrl, maxReceiveCount: 1_000 },
    });
    const model = destinationModel(name, arrivals, { random, isFaulty });
    const ledger = createLedgerModel();
    const handler = createDeliverHandler({
      ...shared,
      name,
      view: 'ocsf',
      queueUrl,
      deadLettersUrl,
      queues,
      ledger: perilous(seeded.ledger?.(ledger) ?? ledger),
      destination: perilous(seeded.destination?.(model) ?? model),
      pause: (milliseconds) => {
        time += milliseconds;
        return Promise.resolve();
      },
    });
    return { name, queueUrl, deadLettersUrl, handler };
  });
  const normalise = createNormaliseHandler({
    ...shared,
    queues,
    queueUrl: input,
    quarantineUrl: quarantine,
    destinations: lanes.map(({ name, queueUrl }) => ({ name, queueUrl, raw: false })),
  });

  /** @returns whether there was something to do. */
  const invoke = async (url: string, most: number, handler: LambdaFunction<SQSBatchResponse>): Promise<boolean> => {
    const records = sqs.receive(url, most);
    if (records.length === 0) return false;
    const end = time + 60_000;
    try {
      const answer = await handler({ Records: records }, { getRemainingTimeInMillis: () => Math.max(0, end - time) });
      const failed = new Set(
        (seeded.answer?.(answer) ?? answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
      );
      sqs.delete(
        url,
        records.map(({ messageId }) => messageId).filter((id) => !failed.has(id)),
      );
    } catch {
      // Killed, or failed as a whole: the messages come again after their time-out.
    }
    return true;
  };

  const ids = Array.from({ length: events }, (_, index) => `event-${index}`);
  const template = JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: 'EVENT-ID' })));
  const junk = Math.ceil(events / 500);
  sqs.put(input, ...Array.from({ length: junk }, (_, index) => `{"not":"ours","number":${index}}`));
  for (let sent = 0; ;) {
    const next = ids.slice(sent, sent + 500);
    sqs.put(input, ...next.map((id) => template.replace('EVENT-ID', id)));
    sent += next.length;
    let busy = true;
    while (busy) {
      busy = await invoke(input, 100, normalise);
      for (const { queueUrl, handler } of lanes) busy = (await invoke(queueUrl, 10, handler)) || busy;
      time += 50;
    }
    const nextAt = Math.min(...[input, ...lanes.map(({ queueUrl }) => queueUrl)].map((url) => sqs.nextAt(url)));
    if (sent < ids.length) time += (faultyMs / Math.ceil(ids.length / 500)) * 0.9;
    else if (nextAt === Infinity) break;
    else time = Math.max(time, nextAt);
    if (time > 30 * 24 * 60 * 60 * 1000) break;
  }

  const lost: string[] = [];
  const misplaced: string[] = [];
  let duplicates = 0;
  let deadLetters = 0;
  for (const { name, deadLettersUrl } of lanes) {
    const arrivals = received.get(name) ?? new Map<string, number>();
    const letters = sqs.messages(deadLettersUrl);
    deadLetters += letters.length;
    const buried = new Set(letters.flatMap(({ body }) => readPack(body).events.map(({ event }) => event.metadata.uid)));
    for (const count of arrivals.values()) duplicates += count - 1;
    for (const id of ids) {
      if (!arrivals.has(id) && !buried.has(id)) lost.push(`${name}: ${id}`);
      if (isRefused(name, id) !== buried.has(id)) misplaced.push(`${name}: ${id}`);
    }
  }
  return { lost, duplicates, deadLetters, quarantined: sqs.messages(quarantine).length, misplaced, kills: killed };
};

/** `partial` never takes these. */
const isRefused = (name: Name, id: string): boolean => name === 'partial' && id.endsWith('77');

const destinationModel = (
  name: Name,
  arrivals: Map<string, number>,
  { random, isFaulty }: { readonly random: () => number; readonly isFaulty: () => boolean },
): Destination => {
  const keep = (id: string): void => {
    arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  };
  const fail = (code: DestinationErrorCode): never => {
    throw new DestinationError(code, code);
  };
  const outcomeOf = (id: string): Outcome => {
    if (isRefused(name, id)) return { status: 'refused', reason: 'it ends with 77' };
    if (name === 'partial' && isFaulty() && random() < 0.2) return { status: 'retry', reason: 'throttled' };
    keep(id);
    return { status: 'delivered' };
  };
  return {
    limits: { batchEvents: 200, batchBytes: 500_000, eventBytes: 200_000 },
    send: async (events) => {
      await Promise.resolve();
      if (isFaulty() && name === 'dead') fail(random() < 0.5 ? 'unreachable' : 'unauthorised');
      if (isFaulty() && name === 'slow') {
        // Taken in part or whole, and the answer is lost.
        const taken = Math.floor(random() * events.length);
        if (random() < 0.5) {
          for (const { id } of events.slice(0, taken)) keep(id);
          fail('timeout');
        }
        if (random() < 0.2 && events.length > 10) fail('too-large');
      }
      return events.map(({ id }) => outcomeOf(id));
    },
  };
};

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
const mulberry = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

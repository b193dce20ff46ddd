/** Faults on demand: failures on the way to a service, for every suite that tests the consequences. */
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { DroppedConnection, type Hooks } from '../pipeline.ts';
import type { AwsRequest, AwsResponse, Forward } from '../request.ts';
import { isRecord, ServiceError } from '../service-call.ts';
import { errorAnswer, protocolOf } from '../wire/answer.ts';

export const faultSchema = z.strictObject({
  /** Signing name: `secretsmanager`. */
  service: z.string().min(1),
  /** API operation: `PutSecretValue`. */
  operation: z.string().min(1),
  /** Fields of the input that must have these values: `{ SecretId: 'dev/payments/orders-db' }`. */
  match: z.record(z.string(), z.unknown()).optional(),
  /**
   * - `timeout-before`: the connection ends without an answer, and nothing has happened
   * - `timeout-after`: the call takes effect, and the connection ends without an answer
   * - `throttle`: the service's answer to too many calls, before any effect
   * - `server-error`: a 500 before any effect
   * - `stale-read`: the read answers as before the latest write of its secret
   */
  kind: z.enum(['timeout-before', 'timeout-after', 'throttle', 'server-error', 'stale-read']),
  /** How many calls it meets. @default 1 */
  times: z.number().int().min(1).max(1_000_000).default(1),
  /** How long the connection of a timeout is held before it ends, ms. @default 0: it is reset at once */
  holdMs: z.number().int().min(0).max(60_000).default(0),
});
export type FaultRequest = z.input<typeof faultSchema>;

export interface InjectedFault {
  readonly id: number;
  /** How many calls it has met so far. */
  met(): number;
  remove(): void;
}

export interface Faults {
  /** Goes into the pipeline. */
  readonly hooks: Hooks;
  /**
   * Lies in wait for the next calls that fit; faults for the same call come in the order in which they were injected.
   * @throws ZodError if the fault has another shape than {@link faultSchema}
   * @throws RangeError if a stale read is set for a call that reads no secret
   */
  inject(fault: FaultRequest): InjectedFault;
  /** What lies in wait. */
  waiting(): readonly WaitingFault[];
  clear(): void;
  /** The same way with the faults on it, for calls that a service makes itself and no pipeline sees. */
  on(forward: Forward): Forward;
  /** Whether this read of a secret must be stale; it then counts as met. */
  isStaleRead(request: AwsRequest): boolean;
}

export type WaitingFault = z.output<typeof faultSchema> & { readonly id: number; readonly met: number };

interface ArmedFault {
  readonly id: number;
  readonly fault: z.output<typeof faultSchema>;
  met: number;
}

const staleReads: ReadonlySet<string> = new Set(['GetSecretValue', 'DescribeSecret', 'ListSecretVersionIds']);

export const createFaults = (): Faults => {
  let armed: readonly ArmedFault[] = [];
  let lastId = 0;
  const remove = (id: number): void => {
    armed = armed.filter((entry) => entry.id !== id);
  };
  /** The first fault of these kinds that matches. It is counted, and removed after its last call. */
  const take = (
    request: AwsRequest,
    kinds: readonly ArmedFault['fault']['kind'][],
  ): ArmedFault['fault'] | undefined => {
    const found = armed.find(({ fault }) => kinds.includes(fault.kind) && fits(fault, request));
    if (found === undefined) return undefined;
    found.met += 1;
    if (found.met >= found.fault.times) remove(found.id);
    return found.fault;
  };

  const before = async (request: AwsRequest): Promise<AwsResponse | undefined> => {
    const fault = take(request, ['timeout-before', 'throttle', 'server-error']);
    if (fault === undefined) return undefined;
    if (fault.kind === 'timeout-before') return drop(fault.holdMs, request);
    const error = fault.kind === 'throttle' ? throttled(request.service) : serverError();
    return errorAnswer(protocolOf(request.service, request), error, request.requestId);
  };
  const after = async (request: AwsRequest, response: AwsResponse): Promise<AwsResponse> => {
    const fault = take(request, ['timeout-after']);
    return fault === undefined ? response : drop(fault.holdMs, request);
  };

  return {
    hooks: { before, after },
    on: (forward) => async (request) => (await before(request)) ?? after(request, await forward(request)),
    inject: (request) => {
      const fault = faultSchema.parse(request);
      if (fault.kind === 'stale-read' && (fault.service !== 'secretsmanager' || !staleReads.has(fault.operation))) {
        throw new RangeError(
          `A stale read is for secretsmanager ${[...staleReads].join(', ')} (got ${fault.service} ${fault.operation})`,
        );
      }
      const entry: ArmedFault = { id: (lastId += 1), fault, met: 0 };
      armed = [...armed, entry];
      return {
        id: entry.id,
        met: () => entry.met,
        remove: () => {
          remove(entry.id);
        },
      };
    },
    waiting: () => armed.map(({ id, fault, met }) => ({ ...fault, id, met })),
    clear: () => {
      armed = [];
    },
    isStaleRead: (request) => take(request, ['stale-read']) !== undefined,
  };
};

const fits = (fault: ArmedFault['fault'], request: AwsRequest): boolean =>
  fault.service === request.service &&
  fault.operation === request.operation &&
  Object.entries(fault.match ?? {}).every(([field, expected]) => contains(request.input[field], expected));

/** Objects and lists fit when they hold at least what is expected. */
const contains = (value: unknown, expected: unknown): boolean => {
  if (Array.isArray(expected)) {
    return Array.isArray(value) && expected.every((item) => value.some((held) => contains(held, item)));
  }
  if (isRecord(expected)) {
    return isRecord(value) && Object.entries(expected).every(([field, item]) => contains(value[field], item));
  }
  return value === expected;
};

const drop = async (holdMs: number, request: AwsRequest): Promise<never> => {
  await sleep(holdMs);
  throw new DroppedConnection(`${request.service} ${request.operation}: dropped by a fault`);
};

/** Codes by which the SDKs know that they should slow down: each service has its own. */
const throttlingCodes: Readonly<Record<string, string>> = {
  lambda: 'TooManyRequestsException',
  s3: 'SlowDown',
  sqs: 'RequestThrottled',
  sts: 'Throttling',
  rds: 'Throttling',
  iam: 'Throttling',
  cloudformation: 'Throttling',
};

const throttled = (service: string): ServiceError =>
  new ServiceError(throttlingCodes[service] ?? 'ThrottlingException', 'Rate exceeded', service === 's3' ? 503 : 400);

const serverError = (): ServiceError =>
  new ServiceError('InternalServiceError', 'An error occurred on the server side.', 500);

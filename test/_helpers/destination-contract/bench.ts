/** Sends to the destination under test, and checks what holds for every attempt. */
import { randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import {
  DestinationError,
  type Destination,
  type DestinationErrorCode,
  type DestinationParts,
  type DestinationSecret,
  type Outcome,
  type OutgoingEvent,
} from '../../../lambdas/audit/destinations/destination.ts';
import type { ApiActivity } from '../../../lambdas/audit/normalise/ocsf.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import type { LocalCertificates } from '../../../local/tls.ts';
import { apiCall, eventBridge } from '../../_fixtures/cloudtrail.ts';
import type { DestinationFacts, DestinationUnderTest, ReceiverAddress, StartDestination } from './under-test.ts';

export type SecretValue = Readonly<Record<string, string>>;

/** Values of the secret, first for `read`, then for `reread`. */
export interface SecretValues {
  readonly cached: SecretValue;
  readonly current: SecretValue;
}

export type Attempt =
  | { readonly outcomes: readonly Outcome[]; readonly error?: undefined }
  | { readonly outcomes?: undefined; readonly error: DestinationError };

interface MakeOptions {
  /** @default where the receiver listens */
  readonly address?: ReceiverAddress;
  /** @default the receiver's own */
  readonly authorities?: readonly string[];
  /** @default the one that the receiver accepts */
  readonly secret?: SecretValues;
}

export class Bench {
  readonly #facts: DestinationFacts;
  readonly #start: StartDestination;
  readonly #certificates: LocalCertificates;
  #under: DestinationUnderTest | undefined;
  /** No message may contain one of them. */
  #credentials: string[] = [];

  constructor(facts: DestinationFacts, start: StartDestination, certificates: LocalCertificates) {
    this.#facts = facts;
    this.#start = start;
    this.#certificates = certificates;
  }

  get under(): DestinationUnderTest {
    if (!this.#under) throw new Error('the receiver has not started');
    return this.#under;
  }

  get certificates(): LocalCertificates {
    return this.#certificates;
  }

  async start(): Promise<void> {
    this.#under = await this.#start(this.#certificates);
    const { secret, refusedSecret } = this.#under;
    this.#credentials = [...Object.values(secret ?? {}), ...Object.values(refusedSecret ?? {})];
  }

  async stop(): Promise<void> {
    await this.#under?.stop();
    this.#under = undefined;
  }

  make({ address = this.under.address, authorities = [this.#certificates.ca], secret }: MakeOptions = {}): Destination {
    const { under } = this;
    const accepted = under.secret ?? {};
    const parts: DestinationParts = {
      environment: 'dev',
      secret: secretOf(secret ?? { cached: accepted, current: accepted }),
      request: under.createRequest(authorities),
      authorities,
      now: Date.now,
    };
    return under.create(parts, address);
  }

  /** Events with new ids, whose text does not compress. */
  events(count: number, { bytes = 0 }: { readonly bytes?: number } = {}): OutgoingEvent[] {
    return Array.from({ length: count }, () => this.event(randomBytes(bytes / 2).toString('hex')));
  }

  /** @param text - stands in the user agent, past what the normaliser would cut or escape. */
  event(text = 'test'): OutgoingEvent {
    return outgoing(text, (event) => this.under.document?.(event) ?? { ...event });
  }

  /** One that the receiver refuses. */
  refusedEvent(): OutgoingEvent {
    return outgoing('test', (event) => given(this.under.refusedDocument?.(event), 'refusedDocument'));
  }

  /** One attempt that the destination takes: an outcome for each event. */
  async send(
    destination: Destination,
    events: readonly OutgoingEvent[],
    signal = new AbortController().signal,
  ): Promise<readonly Outcome[]> {
    const outcomes = await destination.send(events, signal);
    expect(outcomes).toHaveLength(events.length);
    for (const outcome of outcomes) if ('reason' in outcome) this.#expectNoCredential(outcome.reason);
    return outcomes;
  }

  /** One attempt that fails for all events. */
  async failure(
    destination: Destination,
    events: readonly OutgoingEvent[],
    signal = new AbortController().signal,
  ): Promise<DestinationError> {
    const { error } = await this.attempt(destination, events, signal);
    if (!error) throw new Error('the attempt did not fail');
    return error;
  }

  /** One attempt: its outcomes or its failure. */
  async attempt(
    destination: Destination,
    events: readonly OutgoingEvent[],
    signal = new AbortController().signal,
  ): Promise<Attempt> {
    try {
      return { outcomes: await this.send(destination, events, signal) };
    } catch (error) {
      if (!(error instanceof DestinationError)) throw error;
      this.#expectNoCredential(error.message);
      return { error };
    }
  }

  /** One attempt that fails for all events with this code. */
  async expectFailure(
    code: DestinationErrorCode,
    destination: Destination,
    events: readonly OutgoingEvent[],
    signal?: AbortSignal,
  ): Promise<DestinationError> {
    const error = await this.failure(destination, events, signal);
    expect({ code: error.code, message: error.message }).toMatchObject({ code });
    return error;
  }

  /** Sends and expects every event to be taken, and held by the receiver. */
  async expectTaken(destination: Destination, events: readonly OutgoingEvent[]): Promise<void> {
    const outcomes = await this.send(destination, events);
    expect(outcomes).toEqual(events.map(() => this.taken));
    await this.expectReceived(events);
  }

  /** Some receivers show an event a moment after they have confirmed it. */
  async expectReceived(events: readonly OutgoingEvent[]): Promise<void> {
    const ids = events.map(({ id }) => id);
    await expect.poll(async () => missing(ids, await this.under.receivedIds())).toEqual([]);
  }

  async expectNotReceived(events: readonly OutgoingEvent[]): Promise<void> {
    const ids = events.map(({ id }) => id);
    expect(missing(ids, await this.under.receivedIds())).toEqual(ids);
  }

  /** @returns what ends it. */
  makeBusy(): Promise<() => Promise<void>> {
    return given(this.under.makeBusy?.(), 'makeBusy');
  }

  get acceptedSecret(): SecretValue {
    return given(this.under.secret, 'secret');
  }

  get refusedSecret(): SecretValue {
    return given(this.under.refusedSecret, 'refusedSecret');
  }

  /** The outcome of an event that was taken. */
  get taken(): Outcome {
    return { status: this.#facts.confirms ? 'delivered' : 'unconfirmed' };
  }

  #expectNoCredential(text: string): void {
    expect(this.#credentials.filter((credential) => text.includes(credential)).length, 'credentials in a message').toBe(
      0,
    );
  }
}

const outgoing = (text: string, view: (event: ApiActivity) => Record<string, unknown>): OutgoingEvent => {
  const id = randomUUID();
  const normalised = normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: id }))));
  const event = { ...normalised, http_request: { user_agent: text } };
  const document = view(event);
  return { id, time: event.time, severity: event.severity_id, document, json: JSON.stringify(document) };
};

const missing = (ids: readonly string[], received: readonly string[]): string[] => {
  const held = new Set(received);
  return ids.filter((id) => !held.has(id));
};

const given = <Value>(value: Value | undefined, name: string): Value => {
  if (value === undefined) throw new Error(`the facts of the destination promise ${name}, and there is none`);
  return value;
};

const secretOf = ({ cached, current }: SecretValues): DestinationSecret => ({
  read: () => Promise.resolve(cached),
  reread: () => Promise.resolve(current),
});

/** The port to the SIEM, and how deliveries to it fail. */
import { CodedError } from '../../../lib/contract/index.ts';
import type { ApiActivity } from '../normalise/ocsf.ts';

export interface Siem {
  /**
   * One attempt to deliver events, all of them or none that is known of.
   *
   * @throws SiemError always of this class.
   */
  send(events: readonly ApiActivity[], signal: AbortSignal): Promise<void>;
}

export type SiemErrorCode =
  /** No connection: refused, reset, no such name, TLS not trusted. */
  | 'unreachable'
  /** No answer in time; the events may have arrived. */
  | 'timeout'
  /** The SIEM asks to come later. */
  | 'busy'
  /** Taken, but not confirmed as indexed in time. */
  | 'unacknowledged'
  /** More bytes than the SIEM takes at once. */
  | 'too-large'
  /** One event is refused, the one at `eventNumber`. */
  | 'event-refused'
  /** The token is refused. */
  | 'unauthorised'
  /** The address, index or channel is refused, or the answer is not that of a collector. */
  | 'misconfigured'
  /** The secret with the token can't be read. */
  | 'destination-unreadable'
  /** The secret's value is not a token, or has an address that is not the catalog's. */
  | 'destination-invalid';

const retryable: ReadonlySet<SiemErrorCode> = new Set(['unreachable', 'timeout', 'busy', 'unacknowledged']);

/** The message never holds the token. */
export class SiemError extends CodedError<SiemErrorCode> {
  override readonly name = 'SiemError';
  /** Position of the refused event, from 0, for `event-refused`. */
  readonly eventNumber: number | undefined;
  /** How long the SIEM asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: SiemErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly eventNumber?: number; readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, { retryable: retryable.has(code), cause: options.cause });
    this.eventNumber = options.eventNumber;
    this.retryAfterMs = options.retryAfterMs;
  }
}

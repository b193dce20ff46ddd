/** The port to a destination of audit events, and how deliveries to it fail. */
import { CodedError } from '../../../lib/contract/index.ts';

/** An event in the view of its destination. */
export interface OutgoingEvent {
  /** `metadata.uid`: the id by which duplicates are known. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `severity_id` of OCSF, 1 to 6. */
  readonly severity: number;
  /** The event in the view of the destination. */
  readonly document: Readonly<Record<string, unknown>>;
  /** The document as JSON. */
  readonly json: string;
}

export type Outcome =
  /** Confirmed by the destination, also if it had the event already. */
  | { readonly status: 'delivered' }
  /** Sent to a destination that can't confirm. */
  | { readonly status: 'unconfirmed' }
  /** The destination takes it later: the event is sent again alone. */
  | { readonly status: 'retry'; readonly reason: string; readonly retryAfterMs?: number }
  /** The destination will never take it: it goes to the dead letters with the reason. */
  | { readonly status: 'refused'; readonly reason: string };

/** How much a destination takes at once. */
export interface DestinationLimits {
  readonly batchEvents: number;
  /** Of the events as JSON, uncompressed. */
  readonly batchBytes: number;
  /** A larger event is cut by rule. */
  readonly eventBytes: number;
}

export interface Destination {
  readonly limits: DestinationLimits;
  /**
   * One attempt. No event is acknowledged before the destination has confirmed it.
   *
   * @returns an outcome for each event, in their order.
   * @throws DestinationError if the attempt failed for all events; always of this class.
   */
  send(events: readonly OutgoingEvent[], signal: AbortSignal): Promise<readonly Outcome[]>;
}

export type DestinationErrorCode =
  /** No connection: refused, reset, no such name, TLS not trusted. */
  | 'unreachable'
  /** No answer in time; the events may have arrived. */
  | 'timeout'
  /** The destination asks to come later. */
  | 'busy'
  /** Taken, but not confirmed in time. */
  | 'unacknowledged'
  /** More bytes than the destination takes at once: the batch is halved. */
  | 'too-large'
  /** The credential is refused. */
  | 'unauthorised'
  /** The address, index or another setting is refused, or the answer is not that of such a destination. */
  | 'misconfigured'
  /** The secret can't be read. */
  | 'secret-unreadable'
  /** The value of the secret does not have its form. */
  | 'secret-invalid';

const retryable: ReadonlySet<DestinationErrorCode> = new Set(['unreachable', 'timeout', 'busy', 'unacknowledged']);

/** The message never holds a credential. */
export class DestinationError extends CodedError<DestinationErrorCode> {
  override readonly name = 'DestinationError';
  /** How long the destination asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: DestinationErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(code, message, { retryable: retryable.has(code), cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What a destination is made with, in addition to its settings. */
export interface DestinationParts {
  readonly environment: string;
  /** From the secret of the destination, kept for a while. */
  readonly secret: DestinationSecret;
  readonly request: HttpsRequest;
  /** PEM certificates that are trusted in addition to the public ones. */
  readonly authorities: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface DestinationSecret {
  /**
   * The value by its keys. Each key is a text without line breaks, unless it is a PEM block.
   *
   * @throws DestinationError `secret-unreadable` or `secret-invalid`.
   */
  read(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** Reads the secret again, unless that was done a moment ago: after a refusal, since it may have been replaced. */
  reread(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

export interface HttpsAnswer {
  readonly status: number;
  /** From the `Retry-After` header, seconds or a date. */
  readonly retryAfterMs?: number;
  /** `Content-Type`, without its parameters, in lower case. */
  readonly contentType?: string;
  /** The first 1 MiB. */
  readonly body: string;
}

/**
 * Redirects are not followed: the answer with 3xx is given as it is.
 *
 * @throws DestinationError `timeout` once the signal fires, `unreachable` for everything else that keeps the answer away.
 */
export type HttpsRequest = (
  url: URL,
  options: {
    /** @default 'POST' */
    readonly method?: 'POST' | 'PUT' | 'GET';
    readonly body: Uint8Array | string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
) => Promise<HttpsAnswer>;

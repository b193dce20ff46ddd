/** What a test of a destination gives to the contract: its receiver, and how it is made. */
import type { Destination, DestinationParts, HttpsRequest } from '../../../lambdas/audit/destinations/destination.ts';
import type { ApiActivity } from '../../../lambdas/audit/normalise/ocsf.ts';
import type { LocalCertificates } from '../../../local/tls.ts';

export interface ReceiverAddress {
  readonly host: string;
  readonly port: number;
}

/** Which parts of the contract there are for this pair of destination and receiver. */
export interface DestinationFacts {
  /** `https`: answers of HTTP servers and proxies are part of the contract. `tls`: only the connection is. */
  readonly protocol: 'https' | 'tls';
  /** Whether the destination says that it has an event. Without it, events are `unconfirmed`. */
  readonly confirms: boolean;
  /** Whether the receiver refuses documents: `refusedDocument` is one. */
  readonly refusesDocuments: boolean;
  /** Whether the receiver refuses credentials: `refusedSecret` is one. */
  readonly refusesCredentials: boolean;
  /** Whether the receiver can be too busy: `makeBusy`. */
  readonly canBeBusy: boolean;
  /** Statuses of a passing failure after which the protocol forbids to send again. @default none */
  readonly notRetried?: readonly number[];
}

export interface DestinationUnderTest {
  /** Where the receiver listens, with a certificate of the given authority for this host. */
  readonly address: ReceiverAddress;
  /** The destination as it ships, except that it sends to this address. */
  create(parts: DestinationParts, address: ReceiverAddress): Destination;
  /** What `parts.request` is made with. */
  createRequest(authorities: readonly string[]): HttpsRequest;
  /** Value of the secret that the receiver accepts. Absent: the destination has no secret. */
  readonly secret?: Readonly<Record<string, string>>;
  /** One that the receiver refuses. */
  readonly refusedSecret?: Readonly<Record<string, string>>;
  /** The event in the view of the destination. @default as OCSF */
  document?(event: ApiActivity): Record<string, unknown>;
  /** Ids of the events that the receiver holds, read back from it, duplicates included. */
  receivedIds(): Promise<readonly string[]>;
  /** A document that the receiver refuses among others that it takes. */
  refusedDocument?(event: ApiActivity): Record<string, unknown>;
  /** Makes the receiver too busy. Call the result to end that. */
  makeBusy?(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

/** Starts a receiver of its own on 127.0.0.1. */
export type StartDestination = (certificates: LocalCertificates) => Promise<DestinationUnderTest>;

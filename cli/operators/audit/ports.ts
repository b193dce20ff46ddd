/** What the audit verbs call: each makes its own clients, for one region. */
import type { Identity } from '../ports.ts';

/** Files and digests of a trail. */
export interface TrailAws {
  whoAmI(): Promise<Identity>;
  /** `undefined` if there is no trail of that name. */
  trail(name: string): Promise<TrailFound | undefined>;
  /** Keys of the bucket that begin like this, in the order of S3. */
  keys(bucket: string, prefix: string): Promise<readonly string[]>;
  /** `undefined` if the object does not exist. */
  digest(bucket: string, key: string): Promise<DigestObject | undefined>;
  /** SHA-256 in hex of what a compressed object holds. It is not kept in memory. */
  contentHash(bucket: string, key: string): Promise<ContentHash>;
  /** Keys with which digests of these times were signed: PKCS #1 in DER, by their fingerprints. */
  publicKeys(from: Date, to: Date): Promise<ReadonlyMap<string, Uint8Array>>;
  close(): void;
}

export interface TrailFound {
  readonly arn: string;
  readonly bucket: string;
  /** Before `AWSLogs/`. */
  readonly prefix?: string;
  readonly validatesFiles: boolean;
  readonly isLogging: boolean;
  /** When it was started last. */
  readonly startedAt?: Date;
}

export interface DigestObject {
  /** As it is stored: compressed. */
  readonly content: Uint8Array;
  /** Of the object's metadata. */
  readonly signature?: string;
}

export type ContentHash =
  | { readonly hash: string }
  /** It is not valid gzip. */
  | 'damaged'
  | 'missing';

/** What was delivered, and what could not be. */
export interface DeliveryAws {
  whoAmI(): Promise<Identity>;
  /** Counts of items of the ledger, by their keys. Keys without an item are absent. */
  counts(table: string, keys: readonly string[]): Promise<ReadonlyMap<string, FileCounts>>;
  /** URLs of the queues of a function that delivers. `undefined` if it does not exist. */
  queues(functionName: string): Promise<DeliveryQueues | undefined>;
  waiting(queueUrl: string): Promise<number>;
  /** Up to ten messages, hidden from others for the time. None: nothing is visible now. */
  receive(queueUrl: string, hiddenSeconds: number): Promise<readonly DeadLetter[]>;
  /** Returns once the queue has confirmed it. */
  send(queueUrl: string, body: string): Promise<void>;
  delete(queueUrl: string, receipt: string): Promise<void>;
  /** Makes a received message visible again. */
  release(queueUrl: string, receipt: string): Promise<void>;
  close(): void;
}

/** Events of the trail's files of one hour: how many a destination takes, and how many it has. */
export interface FileCounts {
  readonly files: number;
  readonly expected: number;
  readonly delivered: number;
}

export interface DeliveryQueues {
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
}

export type ConnectTrail = (region: string) => Promise<TrailAws>;
export type ConnectDelivery = (region: string) => Promise<DeliveryAws>;

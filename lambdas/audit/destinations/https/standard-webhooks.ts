/** Symmetric signatures of Standard Webhooks 1.0.0. */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { DestinationError } from '../destination.ts';

export interface WebhookMessage {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: string;
  readonly body: string;
}

/** What the header `webhook-signature` has. */
export const signature = ({ id, timestamp, body }: WebhookMessage, key: Uint8Array): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;

/** @throws DestinationError `secret-invalid`, without the value. */
export const readSigningKey = (text: string | undefined): Uint8Array => {
  const base64 = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(text ?? '')?.[1];
  const key = Buffer.from(base64 ?? '', 'base64');
  if (key.length >= 24 && key.length <= 64) return key;
  throw new DestinationError(
    'secret-invalid',
    "signingKey in the destination's secret must be whsec_ and 24 to 64 bytes in base64",
  );
};

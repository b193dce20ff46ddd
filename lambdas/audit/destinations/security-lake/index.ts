/**
 * Writes events as Parquet objects in the layout of a custom source of Amazon Security Lake:
 * https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html
 */
import { createHash } from 'node:crypto';
import zlib from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { SecurityLakeSettings } from '../../../../lib/contract/index.ts';
import { awsClientOptions } from '../../../runtime/adapters/aws-client.ts';
import { DestinationError, type Destination, type DestinationParts, type OutgoingEvent } from '../destination.ts';
import { columnsOf, schema } from './columns.ts';

interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Keys and addresses other than AWS's own, for a test. */
export interface SecurityLakeClients {
  readonly sts: Pick<STSClient, 'send'>;
  /** A client with the credentials of the role. */
  readonly s3: (credentials: RoleCredentials) => S3Client;
}

export const createSecurityLake = (
  settings: SecurityLakeSettings,
  { environment, now }: Pick<DestinationParts, 'environment' | 'now'>,
  clients: SecurityLakeClients = clientsOf(settings),
): Destination => {
  const s3 = assumedClient(settings, environment, now, clients);
  return {
    limits: { batchEvents: 100, batchBytes: 1_000_000, eventBytes: 512_000 },
    send: async (events, signal) => {
      try {
        if (settings.view !== 'ocsf') {
          throw new DestinationError(
            'misconfigured',
            `Security Lake takes the view ocsf alone (view is ${settings.view})`,
          );
        }
        const client = events.length > 0 ? await s3(signal) : undefined;
        for (const [key, batch] of objectsOf(events, settings)) {
          await client?.send(new PutObjectCommand({ Bucket: settings.bucket, Key: key, Body: parquet(batch) }), {
            abortSignal: signal,
          });
        }
      } catch (error) {
        throw destinationError(error, settings, signal);
      }
      return events.map(() => ({ status: 'delivered' }));
    },
  };
};

const clientsOf = ({ region }: SecurityLakeSettings): SecurityLakeClients => ({
  sts: new STSClient({ ...awsClientOptions, region }),
  s3: (credentials) => new S3Client({ ...awsClientOptions, region, credentials }),
});

/** The credentials serve until five minutes before they expire. */
const assumedClient = (
  { role, externalId }: SecurityLakeSettings,
  environment: string,
  now: () => number,
  { sts, s3 }: SecurityLakeClients,
) => {
  let current: { readonly client: S3Client; readonly until: number } | undefined;
  return async (signal: AbortSignal): Promise<S3Client> => {
    if (current && now() < current.until) return current.client;
    const command = new AssumeRoleCommand({
      RoleArn: role,
      RoleSessionName: `strongroom-${environment}`.slice(0, 64),
      ExternalId: externalId,
    });
    const { Credentials: keys } = await sts.send(command, { abortSignal: signal });
    if (!keys?.AccessKeyId || !keys.SecretAccessKey || !keys.SessionToken || !keys.Expiration) {
      throw new DestinationError('misconfigured', `STS gave no credentials for the role ${role}`);
    }
    const client = s3({
      accessKeyId: keys.AccessKeyId,
      secretAccessKey: keys.SecretAccessKey,
      sessionToken: keys.SessionToken,
    });
    current = { client, until: keys.Expiration.getTime() - 300_000 };
    return client;
  };
};

/** One class, region, account and day to an object; its name follows from the ids, so that a repeated batch replaces it. */
const objectsOf = (
  events: readonly OutgoingEvent[],
  { prefix, region }: SecurityLakeSettings,
): ReadonlyMap<string, readonly OutgoingEvent[]> => {
  const groups = new Map<string, OutgoingEvent[]>();
  for (const event of events) {
    const cloud = recordOf(event.document['cloud']);
    const account = partition(recordOf(cloud['account'])['uid'], /^\d{12}$/, 'external');
    const of = partition(cloud['region'], /^[a-z0-9-]{1,32}$/, region);
    const day = new Date(event.time).toISOString().slice(0, 10).replaceAll('-', '');
    const group = `${prefix}/region=${of}/accountId=${account}/eventDay=${day}/class-${Number(event.document['class_uid'])}`;
    groups.set(group, [...(groups.get(group) ?? []), event]);
  }
  return new Map(
    [...groups].map(([group, batch]) => {
      const ids = JSON.stringify(batch.map(({ id }) => id).sort());
      return [`${group}-${createHash('sha256').update(ids).digest('hex').slice(0, 32)}.parquet`, batch];
    }),
  );
};

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const partition = (value: unknown, form: RegExp, otherwise: string): string =>
  typeof value === 'string' && form.test(value) ? value : otherwise;

/** Node 20 has no zstd. */
const codec = typeof zlib.zstdCompressSync === 'function' ? 'ZSTD' : 'GZIP';

const parquet = (events: readonly OutgoingEvent[]): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      schema,
      columnData: columnsOf(events.map(({ document }) => document)),
      codec,
      compressors: {
        ZSTD: (bytes) => zlib.zstdCompressSync(bytes),
        GZIP: (bytes) => zlib.gzipSync(bytes),
      },
    }),
  );

const destinationError = (
  error: unknown,
  { bucket, role }: SecurityLakeSettings,
  signal: AbortSignal,
): DestinationError => {
  if (error instanceof DestinationError) return error;
  const name = error instanceof Error ? error.name : 'unknown';
  const message = `writing to the bucket ${bucket} by the role ${role} failed: ${name}`;
  const fault = recordOf(error)['$fault'];
  if (signal.aborted) return new DestinationError('timeout', message, { cause: error });
  if (busy.has(name) || fault === 'server') return new DestinationError('busy', message, { cause: error });
  if (denied.has(name)) return new DestinationError('unauthorised', message, { cause: error });
  if (fault === 'client') return new DestinationError('misconfigured', message, { cause: error });
  return new DestinationError(name === 'TimeoutError' ? 'timeout' : 'unreachable', message, { cause: error });
};

const busy = new Set(['SlowDown', 'ServiceUnavailable', 'Throttling', 'ThrottlingException', 'RequestTimeout']);
const denied = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
]);

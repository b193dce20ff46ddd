/** A message of the reader's queue: S3's notification of new objects, or the reader's own order to look at a file again. */
import * as z from 'zod/mini';
import { explainIssues } from '../../runtime/explain-issues.ts';
import { jsonOf } from '../../runtime/parse-json.ts';
import { TrailFileError } from './trail-file-error.ts';
import type { ObjectVersion } from './trail-object.ts';

/** Times are milliseconds since the epoch. */
export interface Look {
  readonly file: ObjectVersion;
  /** From 1. */
  readonly number: number;
  /** When the file was looked at first. */
  readonly firstAt: number;
  /** When what was missing was enqueued last. Absent: never. */
  readonly enqueuedAt?: number;
  /** Not before. */
  readonly dueAt: number;
}

export type FileMessage =
  /** S3 sends it when the notification is configured: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
  | { readonly kind: 'test' }
  | { readonly kind: 'created'; readonly files: readonly ObjectVersion[] }
  | { readonly kind: 'look'; readonly look: Look };

const text = z.string().check(z.minLength(1));
const time = z.int().check(z.gte(0));

/** S3's objects: what it adds to them is dropped. */
const notification = z.object({
  Records: z
    .array(
      z.object({
        eventSource: z.literal('aws:s3'),
        eventName: z.string().check(z.startsWith('ObjectCreated:')),
        s3: z.object({
          bucket: z.object({ name: text }),
          object: z.object({ key: text, versionId: z.optional(text) }),
        }),
      }),
    )
    .check(z.minLength(1)),
});

const testEvent = z.object({ Service: z.literal('Amazon S3'), Event: z.literal('s3:TestEvent') });

/** Ours: an unknown key is a mistake. */
const lookAgain = z.strictObject({
  look: z.strictObject({
    file: z.strictObject({ bucket: text, key: text, versionId: z.optional(text) }),
    number: z.int().check(z.gte(1)),
    firstAt: time,
    enqueuedAt: z.optional(time),
    dueAt: time,
  }),
});

/** @throws TrailFileError `message-invalid` with what is wrong. */
export const parseFileMessage = (body: string): FileMessage => {
  const message = jsonOf(body);
  if (message === undefined) throw new TrailFileError('message-invalid', 'The message is not valid JSON');
  if (z.safeParse(testEvent, message).success) return { kind: 'test' };
  if (typeof message === 'object' && message !== null && 'look' in message) {
    const { file, enqueuedAt, ...look } = parsed(lookAgain, message).look;
    return {
      kind: 'look',
      look: { ...look, file: versionOf(file), ...(enqueuedAt !== undefined && { enqueuedAt }) },
    };
  }
  const { Records: records } = parsed(notification, message);
  return {
    kind: 'created',
    files: records.map(({ s3: { bucket, object } }) =>
      versionOf({ bucket: bucket.name, key: decoded(object.key), versionId: object.versionId }),
    ),
  };
};

export const lookMessage = (look: Look): string => JSON.stringify({ look });

const versionOf = (file: { bucket: string; key: string; versionId?: string | undefined }): ObjectVersion => ({
  bucket: file.bucket,
  key: file.key,
  ...(file.versionId !== undefined && { versionId: file.versionId }),
});

/** Keys are encoded as in forms: a space is a plus. */
const decoded = (key: string): string => {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw new TrailFileError('message-invalid', 'The message has a key that is not valid URL encoding');
  }
};

const parsed = <Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> => {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  throw new TrailFileError(
    'message-invalid',
    `The message is not one of S3 about new objects: ${explainIssues(result.error.issues, value)}`,
  );
};

/** The records of a trail's file, as they arrive from S3. */
import type { Buffer } from 'node:buffer';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RecordSplitter, type SplitRecord } from './record-splitter.ts';
import { TrailFileError } from './trail-file-error.ts';

/** CloudTrail's events have 256 KB at most. */
export const longestRecordBytes = 4 * 1024 * 1024;

/** An object on its way here. */
export interface ObjectContent {
  readonly stream: Readable;
  /** As S3 says it; the stream ends with an error before that many bytes if the connection breaks. */
  readonly bytes: number;
}

/**
 * Gives the records of a file one after the other, in the memory of a few chunks.
 *
 * @throws TrailFileError `file-empty`, `file-damaged`: the records before the damage are given first.
 * @throws the stream's own error if the connection broke.
 */
export async function* readTrailFile({ stream, bytes }: ObjectContent): AsyncGenerator<SplitRecord, void, undefined> {
  if (bytes === 0) {
    stream.destroy();
    throw new TrailFileError('file-empty', 'The file is empty');
  }
  let arrived = 0;
  const counted = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      arrived += chunk.length;
      yield chunk;
    }
  };
  const gunzip = createGunzip();
  // An error of the pipeline is that of `gunzip`, whose reader gets it below.
  const piped = pipeline(stream, counted, gunzip).catch(() => undefined);
  const splitter = new RecordSplitter(longestRecordBytes);
  try {
    for await (const chunk of gunzip) yield* splitter.push(chunk as Buffer);
    splitter.end();
  } catch (error) {
    if (!isZlibError(error) || arrived < bytes) throw error;
    throw new TrailFileError('file-damaged', `The file is not valid gzip (${error.code})`, error);
  } finally {
    stream.destroy();
    await piped;
  }
}

const isZlibError = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');

import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTrailFile } from '../../../../lambdas/audit/complete/read-trail-file.ts';
import { apiCall } from '../../../_fixtures/cloudtrail.ts';
import { trailFile } from '../../../_fixtures/trail-files.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const records = [apiCall('GetSecretValue'), apiCall('PutSecretValue'), apiCall('DescribeSecret')];

/** What is read of an object, and the error at its end. */
const read = async (content: Buffer, { bytes = content.length, stream = Readable.from([content]) } = {}) => {
  const found: unknown[] = [];
  try {
    for await (const record of readTrailFile({ stream, bytes })) {
      found.push('json' in record ? JSON.parse(record.json.toString()) : record);
    }
  } catch (error) {
    return { found, error };
  }
  return { found };
};

describe('a file of a trail', () => {
  it('has all its records', async () => {
    expect(await read(trailFile(...records))).toEqual({ found: records });
  });

  it('that was compressed in parts has the records of all of them', async () => {
    const text = JSON.stringify({ Records: records });
    const parts = [text.slice(0, 500), text.slice(500)].map((part) => gzipSync(part));
    expect(await read(Buffer.concat(parts))).toEqual({ found: records });
  });

  it('that is empty is refused', async () => {
    expect(await read(Buffer.alloc(0))).toMatchObject({ found: [], error: { code: 'file-empty' } });
  });

  it.each([
    ['text that is not compressed', Buffer.from(JSON.stringify({ Records: records }))],
    ['a digest', gzipSync(JSON.stringify({ digestS3Bucket: 'b', logFiles: [] }))],
    ['gzip of nothing', gzipSync('')],
  ])('that is %s is refused', async (_, content) => {
    expect(await read(content)).toMatchObject({ found: [], error: { code: 'file-damaged' } });
  });

  it('that was cut has the records before the cut, and is refused', async () => {
    const many = Array.from({ length: 5_000 }, () => apiCall('GetSecretValue'));
    const whole = trailFile(...many);
    const { found, error } = await read(whole.subarray(0, whole.length / 2));
    expect(error).toMatchObject({ code: 'file-damaged', retryable: false });
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(many.slice(0, found.length));
  });

  it('whose checksum is wrong is refused', async () => {
    const content = trailFile(...records);
    content.writeUInt8(content.readUInt8(content.length - 8) ^ 1, content.length - 8);
    expect(await read(content)).toMatchObject({ error: { code: 'file-damaged' } });
  });

  it('whose connection breaks is not damaged: it is read again', async () => {
    const whole = trailFile(...records);
    const half = whole.subarray(0, whole.length / 2);
    const broken = new Readable({
      read() {
        this.push(half);
        this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
      },
    });
    const { error } = await read(whole, { stream: broken });
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    const { error: short } = await read(half, { bytes: whole.length });
    expect(short).toMatchObject({ code: 'Z_BUF_ERROR' });
  });

  it('of 100 MB is read in the memory of a few chunks', async () => {
    const bytesInAll = 100 * 1024 * 1024;
    const record = Buffer.from(`${JSON.stringify(apiCall('GetSecretValue', { padding: 'x'.repeat(2_000) }))},`);
    const number = Math.ceil(bytesInAll / record.length);
    const text = function* () {
      yield Buffer.from('{"Records":[');
      for (let made = 1; made < number; made += 1) yield record;
      yield record.subarray(0, -1);
      yield Buffer.from(']}');
    };
    // Level 0: the object has 100 MB itself.
    const stream = Readable.from(text()).pipe(createGzip({ level: 0 }));
    const memory = (): number => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    collectGarbage();
    const before = memory();
    let [read, most] = [0, 0];
    for await (const one of readTrailFile({ stream, bytes: bytesInAll })) {
      if (!('json' in one)) throw new Error('A record is too long');
      read += 1;
      if (read % 5_000 === 0) {
        collectGarbage();
        most = Math.max(most, memory() - before);
      }
    }
    expect(read).toBe(number);
    expect(most).toBeLessThan(bytesInAll / 2);
  });
});

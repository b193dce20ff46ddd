import { describe, expect, it } from 'vitest';
import { lookMessage, parseFileMessage } from '../../../../lambdas/audit/complete/file-message.ts';
import { trailObjectOf } from '../../../../lambdas/audit/complete/trail-object.ts';
import { created, fileKey, trailFiles } from '../../../_fixtures/trail-files.ts';

describe('a message of S3', () => {
  it('names each new object, by its version', () => {
    const body = JSON.stringify({ Records: [created(fileKey(), { versionId: 'v1' }), created(fileKey('b'))] });
    expect(parseFileMessage(body)).toEqual({
      kind: 'created',
      files: [
        { bucket: trailFiles.bucket, key: fileKey(), versionId: 'v1' },
        { bucket: trailFiles.bucket, key: fileKey('b') },
      ],
    });
  });

  it.each([
    ['AWSLogs/a%2Bb+c/%C3%A9.json.gz', 'AWSLogs/a+b c/é.json.gz'],
    ['plain/key.json.gz', 'plain/key.json.gz'],
  ])('has its key decoded: %s', (key, decoded) => {
    expect(parseFileMessage(JSON.stringify({ Records: [created(key)] }))).toMatchObject({ files: [{ key: decoded }] });
  });

  it('that only tests the notification is known', () => {
    const body = {
      Service: 'Amazon S3',
      Event: 's3:TestEvent',
      Time: '2026-11-30T17:00:00.000Z',
      Bucket: trailFiles.bucket,
      RequestId: '5582815E1AEA5ADF',
      HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
    };
    expect(parseFileMessage(JSON.stringify(body))).toEqual({ kind: 'test' });
  });
});

describe('the reader’s own order to look again', () => {
  const look = { file: { bucket: 'b', key: 'k', versionId: 'v' }, number: 2, firstAt: 1, enqueuedAt: 1, dueAt: 2 };

  it('comes back as it was sent', () => {
    expect(parseFileMessage(lookMessage(look))).toEqual({ kind: 'look', look });
    const { enqueuedAt: _, ...never } = { ...look, file: { bucket: 'b', key: 'k' } };
    expect(parseFileMessage(lookMessage(never))).toEqual({ kind: 'look', look: never });
  });

  it.each([
    ['an unknown key', { ...look, bucket: 'other' }],
    ['no number', { ...look, number: 0 }],
    ['a time that is a text', { ...look, dueAt: 'now' }],
  ])('with %s is refused', (_, wrong) => {
    expect(() => parseFileMessage(JSON.stringify({ look: wrong }))).toThrow(
      expect.objectContaining({ code: 'message-invalid' }),
    );
  });
});

describe('a message that is neither', () => {
  it.each([
    ['not JSON', 'canary-7b2f'],
    ['a number', '7'],
    ['an EventBridge event', JSON.stringify({ source: 'aws.s3', detail: { bucket: { name: 'canary-7b2f' } } })],
    ['no records', JSON.stringify({ Records: [] })],
    ['of another service', JSON.stringify({ Records: [{ ...created(fileKey()), eventSource: 'canary-7b2f' }] })],
    ['of a deletion', JSON.stringify({ Records: [{ ...created(fileKey()), eventName: 'ObjectRemoved:Delete' }] })],
    ['with a key that is not encoded', JSON.stringify({ Records: [created('canary-7b2f%ZZ')] })],
    ['without a key', JSON.stringify({ Records: [created('')] })],
  ])('%s is refused without quoting it', (_, body) => {
    expect(() => parseFileMessage(body)).toThrow(
      expect.objectContaining({
        code: 'message-invalid',
        message: expect.not.stringContaining('canary-7b2f') as string,
      }),
    );
  });
});

describe('an object of the trail’s bucket', () => {
  const at = (key: string, bucket = trailFiles.bucket) => trailObjectOf({ bucket, key }, trailFiles);

  it('with events has the hour of its name', () => {
    expect(at(fileKey())).toEqual({ kind: 'events', hour: '2026-11-30T17' });
  });

  it.each(['CloudTrail-Digest', 'CloudTrail-Insight', 'CloudTrail-Aggregated'])('of %s has none', (what) => {
    const key = fileKey().replace('/CloudTrail/', `/${what}/`);
    expect(at(key)).toEqual({ kind: 'other', what });
  });

  it.each([
    ['in another bucket', fileKey(), 'someone-elses-bucket'],
    ['in a bucket with an odd name', fileKey(), 'a\n\u001B[31m'],
    ['of another account', fileKey().replaceAll('111122223333', '444455556666'), undefined],
    ['of another account by its file only', fileKey().replace('/111122223333_', '/444455556666_'), undefined],
    ['of another region', fileKey().replaceAll('eu-west-1', 'us-east-1'), undefined],
    ['of another region by its file only', fileKey().replace('_eu-west-1_', '_us-east-1_'), undefined],
    ['elsewhere', `copy/${fileKey()}`, undefined],
    ['above it', fileKey().replace('AWSLogs/', 'AWSLogs/../'), undefined],
    ['with another name', `${fileKey()}.bak`, undefined],
  ])('%s is refused', (_, key, bucket) => {
    expect(() => at(key, bucket)).toThrow(
      expect.objectContaining({ code: 'file-foreign', message: expect.not.stringContaining('\u001B') as string }),
    );
  });
});

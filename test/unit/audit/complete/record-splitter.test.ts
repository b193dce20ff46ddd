import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordSplitter, type SplitRecord } from '../../../../lambdas/audit/complete/record-splitter.ts';

/** What the splitter gives for a text that arrives in chunks of that many bytes. */
const split = (text: string, chunkBytes = 7, longestBytes = 1_000_000): readonly SplitRecord[] => {
  const splitter = new RecordSplitter(longestBytes);
  const bytes = Buffer.from(text);
  const found: SplitRecord[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    // The chunk is overwritten afterwards, as streams do with their buffers.
    const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes));
    found.push(...splitter.push(chunk));
    chunk.fill(0);
  }
  splitter.end();
  return found;
};

const parsed = (records: readonly SplitRecord[]): unknown[] =>
  records.map((record) => ('json' in record ? (JSON.parse(record.json.toString()) as unknown) : record));

describe('the records of a file', () => {
  it('are those that JSON.parse finds, whatever they hold and however the bytes arrive', () => {
    const file = fc.record({
      before: fc.dictionary(fc.string(), fc.jsonValue()),
      records: fc.array(fc.jsonValue({ stringUnit: 'binary' })),
      after: fc.jsonValue(),
      space: fc.constantFrom(undefined, 1, '\t'),
      chunkBytes: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(file, ({ before, records, after, space, chunkBytes }) => {
        const { Records: _, ...others } = before;
        const text = JSON.stringify({ ...others, Records: records, after }, undefined, space);
        expect(parsed(split(text, chunkBytes))).toEqual((JSON.parse(text) as { Records: unknown[] }).Records);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['none', '{"Records":[]}', []],
    ['none in a spaced list', ' { "Records" : [ \n ] } ', []],
    ['numbers and texts', '{"Records":[1,"]}",null]}', [1, ']}', null]],
    [
      'brackets, quotes and backslashes in texts',
      String.raw`{"Records":[{"a":"]},\"{["},{"b":"\\"}]}`,
      [{ a: ']},"{[' }, { b: '\\' }],
    ],
    ['a list of the same name further in', '{"Records":[{"Records":[1,2]}]}', [{ Records: [1, 2] }]],
    ['a list of the same name elsewhere', '{"a":{"Records":[1]},"Records":[2]}', [2]],
    ['a text of that name before another list', '{"a":"Records","b":[1],"Records":[2]}', [2]],
    ['after the mark of the byte order', '\u{FEFF}{"Records":[1]}', [1]],
  ])('%s', (_, text, records) => {
    for (const chunkBytes of [1, 3, 1000]) expect(parsed(split(text, chunkBytes))).toEqual(records);
  });

  it('that are too long are counted and not kept', () => {
    const text = JSON.stringify({ Records: [1, 'x'.repeat(100), 2] });
    expect(parsed(split(text, 10, 50))).toEqual([1, { tooLongBytes: 102 }, 2]);
  });
});

describe('a text that is not that of a trail’s file', () => {
  it.each([
    ['a digest', '{"awsAccountId":"111122223333","logFiles":[{"s3Object":"x"}]}', 'it has no list "Records"'],
    ['records that are no list', '{"Records":{"a":[1]}}', 'it has no list "Records"'],
    ['a list', '[{"Records":[]}]', 'it is not a JSON object'],
    ['no JSON', 'Records', 'it is not a JSON object'],
    ['nothing', '', 'its text ends in the middle'],
    ['the end missing', '{"Records":[{"a":1}', 'its text ends in the middle'],
    ['a text without an end', '{"Records":["a', 'its text ends in the middle'],
    ['a second file after it', '{"Records":[]}{"Records":[]}', 'something follows its end'],
  ])('%s is refused', (_, text, why) => {
    expect(() => split(text)).toThrow(
      expect.objectContaining({ code: 'file-damaged', message: `The file is not valid: ${why}` }),
    );
  });
});

/**
 * Cuts the text of a trail's file, `{"Records":[…]}`, into its records as the bytes arrive: a file of any size takes the
 * memory of one record. What a record holds is not looked at.
 */
import { Buffer } from 'node:buffer';
import { TrailFileError } from './trail-file-error.ts';

/** A record as JSON, or how long one was that is longer than any of CloudTrail. */
export type SplitRecord = { readonly json: Buffer } | { readonly tooLongBytes: number };

export class RecordSplitter {
  readonly #longestBytes: number;
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** The last text of the outer object, while it is short enough to be the name `Records`. */
  #name: string | undefined;
  #readsName = false;
  #inRecords = false;
  #sawRecords = false;
  #ended = false;
  /** Where the current record begins in this chunk; undefined between two records. */
  #start: number | undefined;
  #parts: Buffer[] = [];
  #bytes = 0;
  #position = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  /**
   * @returns the records that end in this chunk.
   * @throws TrailFileError `file-damaged` if the text is not that of a trail's file.
   */
  push(chunk: Buffer): readonly SplitRecord[] {
    const found: SplitRecord[] = [];
    if (this.#bytes > 0) this.#start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#inText) this.#readText(byte);
      else if (!isSpace(byte) && !this.#isMark(byte, at)) this.#read(byte, at, chunk, found);
    }
    this.#position += chunk.length;
    if (this.#start !== undefined) this.#keep(chunk, this.#start, chunk.length);
    this.#start = undefined;
    return found;
  }

  /** @throws TrailFileError `file-damaged` if the text ends before the object does, or has no records. */
  end(): void {
    if (!this.#ended) throw damaged('its text ends in the middle');
    if (!this.#sawRecords) throw damaged('it has no list "Records"');
  }

  #readText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === backslash) this.#escaped = true;
    else if (byte === quote) this.#inText = this.#readsName = false;
    if (this.#readsName && this.#name !== undefined) {
      this.#name = this.#name.length < longestName ? this.#name + String.fromCharCode(byte) : undefined;
    }
  }

  #read(byte: number, at: number, chunk: Buffer, found: SplitRecord[]): void {
    if (this.#ended) throw damaged('something follows its end');
    if (this.#depth === 0 && byte !== openBrace) throw damaged('it is not a JSON object');
    const between = this.#inRecords && this.#depth === 2;
    if (between && (byte === comma || byte === closeBracket)) this.#endRecord(chunk, at, found);
    else if (between && this.#start === undefined) this.#start = at;
    switch (byte) {
      case quote:
        this.#inText = true;
        this.#readsName = this.#depth === 1;
        if (this.#readsName) this.#name = '';
        break;
      case openBrace:
      case openBracket:
        this.#depth += 1;
        if (this.#depth === 2 && byte === openBracket && this.#name === 'Records') {
          this.#inRecords = this.#sawRecords = true;
        }
        break;
      case closeBrace:
      case closeBracket:
        this.#depth -= 1;
        if (this.#depth < 2) this.#inRecords = false;
        if (this.#depth === 0) this.#ended = true;
        break;
    }
  }

  #endRecord(chunk: Buffer, at: number, found: SplitRecord[]): void {
    if (this.#start === undefined) return;
    this.#keep(chunk, this.#start, at);
    found.push(this.#bytes > this.#longestBytes ? { tooLongBytes: this.#bytes } : { json: Buffer.concat(this.#parts) });
    this.#parts = [];
    this.#bytes = 0;
    this.#start = undefined;
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    this.#bytes += to - from;
    if (this.#bytes > this.#longestBytes) this.#parts = [];
    else this.#parts.push(Buffer.from(chunk.subarray(from, to)));
  }

  /** The mark of the byte order, which some editors put first. */
  #isMark(byte: number, at: number): boolean {
    return this.#position + at < mark.length && byte === mark[this.#position + at];
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
const mark = [0xef, 0xbb, 0xbf];
const longestName = 'Records'.length + 1;

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const damaged = (what: string): TrailFileError => new TrailFileError('file-damaged', `The file is not valid: ${what}`);

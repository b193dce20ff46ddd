import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Headers and body of a JSON text, compressed. */
export const gzipJson = async (text: string) => ({
  body: await compress(text),
  headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
});

const compress = promisify(gzip);

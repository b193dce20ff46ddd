/**
 * Ends the process at once with exit code 2 if temporary files or the cache can't be written. It is JavaScript, and comes
 * first: tsx and vitest make folders there before they read a line, and a recursive mkdir below /proc never returns.
 */
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const reasons = {
  ENOENT: 'nothing can be made in it',
  ENOTDIR: 'it is not a folder',
  EACCES: "this user can't write there",
  EPERM: "this user can't write there",
  EROFS: 'its file system is read-only',
};

/** @returns undefined if a folder can be made there; also if only its file system is full, which is looked at later */
const whyNotWritable = (folder) => {
  try {
    rmdirSync(mkdtempSync(join(folder, 'sr-')));
    return undefined;
  } catch ({ code }) {
    return code === 'ENOSPC' || code === 'EDQUOT' ? undefined : (reasons[code] ?? code);
  }
};

const whyNoTemporaryFolder = () => {
  const folder = tmpdir();
  if (!isAbsolute(folder)) return 'it is not an absolute path';
  if (!existsSync(folder)) return 'it does not exist';
  return whyNotWritable(folder);
};

/** The cache is made where it is missing: then the nearest folder above counts. */
const whyNoCache = (folder) => {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return whyNotWritable(nearest);
};

const refuse = (message) => {
  console.error(message);
  process.exit(2);
};

const temporary = whyNoTemporaryFolder();
if (temporary !== undefined) {
  const name = ['TMPDIR', 'TMP', 'TEMP'].find((one) => process.env[one]);
  const what = name === undefined ? `The temporary folder ${tmpdir()}` : `${name}=${process.env[name]}`;
  refuse(`${what} can't be used: ${temporary}. Set TMPDIR to an existing folder that this user can write.`);
}

const cache = process.env.STRONGROOM_CACHE;
if (cache !== undefined) {
  const reason = whyNoCache(cache);
  if (reason !== undefined) {
    refuse(
      `STRONGROOM_CACHE=${cache} can't be used: ${reason}. Set it to a folder that this user can write, or unset it.`,
    );
  }
}

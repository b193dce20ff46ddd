/** A server's empty data folder, created once per installed version and then copied: MySQL takes seconds to create it. */
import { access, constants, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { execa } from 'execa';

/** Copies what {@link keepInitialData} kept. @returns false if there is nothing yet. */
export const copyInitialData = async (kept: string, data: string): Promise<boolean> => {
  const isKept = await isAccessible(kept);
  if (isKept) await execa('cp', ['-R', `${kept}/.`, data], { timeout: 600_000 });
  return isKept;
};

/**
 * Keeps a copy of a data folder, complete or not at all. Of two at the same time the first wins. A cache that belongs to
 * another user, or is read-only, stays as it is.
 */
export const keepInitialData = async (data: string, kept: string): Promise<void> => {
  if (!(await isAccessible(dirname(kept), constants.W_OK))) return;
  const copy = `${kept}.${process.pid}`;
  await execa('cp', ['-R', data, copy], { timeout: 600_000 });
  try {
    await rename(copy, kept);
  } catch (error) {
    await rm(copy, { recursive: true });
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) {
      throw error;
    }
  }
};

const isAccessible = (path: string, mode?: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );

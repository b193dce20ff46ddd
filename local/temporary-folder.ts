/** Where temporary files go: TMPDIR, or a folder of the cache if that has no room, as with a small tmpfs on /tmp. */
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

/** Nowhere is room for the databases and the functions of a run. */
export class NoRoomError extends Error {}

/** A run takes about 110 MB. */
const runNeedsBytes = 300_000_000;

/**
 * Sets TMPDIR for this process and those that it starts, where the present folder has no room or can't be written.
 *
 * @throws NoRoomError that says what to do if the cache has no room either.
 */
export const useRoomyTemporaryFolder = async (needsBytes = runNeedsBytes): Promise<void> => {
  const given = tmpdir();
  if (await hasRoom(given, needsBytes)) return;
  const own = join(cacheFolder, 'tmp');
  // A cache that can't be written is as one without room.
  await mkdir(own, { recursive: true }).catch(() => undefined);
  if (!(await hasRoom(own, needsBytes))) {
    throw new NoRoomError(
      `Temporary files need ${needsBytes / 1_000_000} MB, and neither ${given} nor ${own} can be written and has as much ` +
        'free: set TMPDIR to a folder with more room',
    );
  }
  process.env['TMPDIR'] = own;
};

/** Whether a folder can be written and has so much free. */
export const hasRoom = async (folder: string, needsBytes: number): Promise<boolean> => {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= needsBytes;
  } catch {
    return false;
  }
};

/** Gives a run of the suites a temporary folder of its own, and removes it with all that tests and libraries left in it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { useRoomyTemporaryFolder } from '../../local/temporary-folder.ts';

const marker = 'STRONGROOM_TEST_FOLDER';

/** Several servers at once, and clones of the working tree. */
const suitesNeedBytes = 1_000_000_000;

/** Called for each project, before its workers start; the first call makes the folder for all. */
export const setup = async (): Promise<(() => void) | undefined> => {
  if (process.env[marker] !== undefined) return undefined;
  await useRoomyTemporaryFolder(suitesNeedBytes);
  // A short name: sockets are made in it, and their paths have a limit of about 100 characters.
  const folder = mkdtempSync(path.join(tmpdir(), 'sr-'));
  // As root, PostgreSQL runs as another user, who must get through here.
  chmodSync(folder, 0o755);
  process.env[marker] = folder;
  process.env['TMPDIR'] = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
};

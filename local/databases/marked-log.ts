/** A log that another process writes than the one whose work it shows. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const writtenWithinMs = 120_000;

/**
 * When the marker is in the log, everything before it is too.
 *
 * @param label - name of the server in messages.
 * @param mark - makes the server log the marker.
 * @throws Error if the marker is not logged.
 */
export const readToMarker = async (
  label: string,
  logFile: string,
  mark: (marker: string) => Promise<unknown>,
): Promise<string> => {
  const marker = `marker ${randomBytes(12).toString('hex')}`;
  await mark(marker);
  const deadline = Date.now() + writtenWithinMs;
  for (;;) {
    const text = await readFile(logFile, 'utf8');
    if (text.includes(marker)) return text;
    if (Date.now() > deadline) throw new Error(`The log of ${label} (${logFile}) is not written any more`);
    await sleep(10);
  }
};

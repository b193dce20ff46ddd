/** One rehearsal from an empty laptop: claims the clone, starts the platform, rehearses, and says how to end it all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCatalog } from '../../lib/catalog/load-catalog.ts';
import { startPlatform, type Platform } from '../platform.ts';
import { claim, release } from '../state.ts';
import { useRoomyTemporaryFolder } from '../temporary-folder.ts';
import { rehearse } from './rehearse.ts';
import { Report, type Listener } from './report.ts';

export interface RehearsalOptions {
  readonly listener: Listener;
  /** Aborts the rehearsal. */
  readonly signal: AbortSignal;
  readonly port?: number;
}

export interface RehearsalResult {
  readonly lines: Report['lines'];
  /** Absent if the platform did not start. */
  readonly platform?: Platform;
  /** Why it did not go to its end. */
  readonly error?: unknown;
  /** Ends every process and removes every folder of the run. */
  readonly end: () => Promise<void>;
}

/** Never throws: what went wrong is in `error`. Always call `end`. */
export const runRehearsal = async ({ listener, signal, port }: RehearsalOptions): Promise<RehearsalResult> => {
  const report = new Report(listener);
  let folder: string | undefined;
  let claimed = false;
  let platform: Platform | undefined;
  // A line that fails can leave commands running, such as the bootstrap next to a failed synth.
  const ended = new AbortController();
  const end = async (): Promise<void> => {
    ended.abort(new Error('The rehearsal has ended'));
    await platform?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    if (claimed) await release();
  };
  const result = (error?: unknown): RehearsalResult => ({
    lines: report.lines,
    ...(platform && { platform }),
    ...(error !== undefined && { error }),
    end,
  });

  try {
    await useRoomyTemporaryFolder();
    const made = await mkdtemp(join(tmpdir(), 'strongroom-'));
    folder = made;
    await claim(made);
    claimed = true;
    const catalog = loadCatalog(join(import.meta.dirname, '..', '..', 'catalog'));
    await report.line('Local AWS, databases and SIEM are up', async (progress) => {
      platform = await startPlatform({
        catalog,
        folder: made,
        signal,
        onProgress: progress,
        ...(port !== undefined && { port }),
      });
      return platform.aws.endpoint;
    });
    if (platform) await rehearse({ platform, catalog, report, signal: AbortSignal.any([signal, ended.signal]) });
    return result();
  } catch (error) {
    return result(error);
  }
};

/** Runs the platform that `--keep` leaves up: rehearses, reports to its parent, and stays until SIGTERM. */
import pc from 'picocolors';
import { explain } from './rehearsal/explain.ts';
import type { Platform } from './platform.ts';
import { howToTry } from './rehearsal/how-to-try.ts';
import { writeProfiles } from './rehearsal/profiles.ts';
import { summary, type RehearsalEvent } from './rehearsal/report.ts';
import { runRehearsal } from './rehearsal/run.ts';

export interface HostOptions {
  readonly json: boolean;
  readonly port?: number;
}

export type HostMessage =
  | { readonly type: 'event'; readonly event: RehearsalEvent }
  | { readonly type: 'text' | 'error' | 'up'; readonly text: string };

/** The parent may have gone: then nobody is left to tell. */
const tell = (message: HostMessage): void => {
  if (process.connected) process.send?.(message);
};

const { json, port } = JSON.parse(process.argv[2] ?? '{}') as HostOptions;
const interrupted = new AbortController();
const asked = new Promise<void>((resolve) => {
  const end = (): void => {
    interrupted.abort(new Error('Interrupted; everything was ended'));
    resolve();
  };
  process.on('SIGTERM', end).on('SIGINT', end);
});

const started = performance.now();
const { lines, platform, error, end } = await runRehearsal({
  listener: (event) => {
    tell({ type: 'event', event });
  },
  signal: interrupted.signal,
  ...(port !== undefined && { port }),
});
if (!json && lines.length > 0) tell({ type: 'text', text: `\n${summary(lines, performance.now() - started)}` });

const stayUp = async (platform: Platform): Promise<void> => {
  const configFile = await writeProfiles(platform);
  tell({
    type: 'up',
    text: json ? JSON.stringify({ endpoint: platform.aws.endpoint }) : howToTry(platform, configFile),
  });
  await asked;
};

let failure = error;
try {
  if (failure === undefined && platform) await stayUp(platform);
} catch (thrown) {
  failure = thrown;
}
await end();
if (failure === undefined) process.exit(0);
const { message, exitCode } = explain(failure);
tell({ type: 'error', text: interrupted.signal.aborted ? 'Interrupted; everything was ended.' : pc.red(message) });
process.exit(interrupted.signal.aborted ? 130 : exitCode);

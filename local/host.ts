/** Holds the platform that `--keep` leaves up: rehearses, tells its parent, and stays until SIGTERM. */
import pc from 'picocolors';
import { explain } from './rehearsal/explain.ts';
import { howToTry } from './rehearsal/how-to-try.ts';
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
if (error === undefined && platform) {
  tell({ type: 'up', text: json ? JSON.stringify({ endpoint: platform.aws.endpoint }) : howToTry(platform) });
  await asked;
  await end();
  process.exit(0);
}
await end();
const { message, exitCode } = explain(error);
tell({ type: 'error', text: pc.red(message) });
process.exit(interrupted.signal.aborted ? 130 : exitCode);

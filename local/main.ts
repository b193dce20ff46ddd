/** `npm run local`: the whole platform on the laptop, rehearsed line by line. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { HostMessage, HostOptions } from './host.ts';
import { runRehearsal } from './rehearsal/run.ts';
import { jsonListener, summary, terminalListener } from './rehearsal/report.ts';
import { explain } from './rehearsal/explain.ts';
import { down } from './state.ts';
import { useOwnSettingsOnly } from './user-settings.ts';

// Node 20 is supported here until its last dependency leaves it; the SDK's reminder would stand between the lines.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
useOwnSettingsOnly();

const program = new Command('npm run local --')
  .description(
    'Starts a local AWS, PostgreSQL and a SIEM, deploys the app with the example catalog, and shows line by line ' +
      'that reading, rotating, refusing and auditing work. Leaves nothing behind.',
  )
  .option('--keep', 'leave the platform up afterwards; end it with: npm run local -- down')
  .option('--port <port>', 'port of the local AWS (default: a free one)', parsePort)
  .option('--json', 'print events as JSON lines, for programs')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run local                  rehearse, then end everything\n' +
      '  npm run local -- --keep        rehearse, and leave it up to try things\n' +
      '  npm run local -- down          end what --keep left up\n' +
      '\nExit codes: 0 every line held; 1 a line failed; 2 wrong input, or something is missing; 130 interrupted.',
  )
  .showHelpAfterError('Run npm run local -- --help for what there is.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .action(async (options: { keep?: true; port?: number; json?: true }) => {
    process.exitCode = await (options.keep ? keepUp : runHere)({
      json: options.json ?? false,
      ...(options.port !== undefined && { port: options.port }),
    });
  });

program
  .command('down')
  .description('end the platform that --keep left up')
  .action(async () => {
    console.log(`Local platform: ${await down()}.`);
  });

/** Rehearses in this process and ends everything. */
const runHere = async ({ json, port }: HostOptions): Promise<number> => {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort(new Error('Interrupted; everything was ended'));
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
  // Nobody reads any more, as in `npm run local | head`.
  process.stdout.on('error', interrupt);
  const started = performance.now();
  const { lines, error, end } = await runRehearsal({
    listener: json ? jsonListener(process.stdout) : terminalListener(process.stdout),
    signal: interrupted.signal,
    ...(port !== undefined && { port }),
  });
  await end();
  if (!json && lines.length > 0) console.log(`\n${summary(lines, performance.now() - started)}`);
  if (interrupted.signal.aborted) {
    console.error('Interrupted; everything was ended.');
    return 130;
  }
  if (error === undefined) return 0;
  const { message, exitCode } = explain(error);
  console.error(pc.red(message));
  return exitCode;
};

/** Rehearses in a process that stays, prints what it says, and lets go of it once it is up. */
const keepUp = async ({ json, port }: HostOptions): Promise<number> => {
  const host = fork(join(import.meta.dirname, 'host.ts'), [JSON.stringify({ json, port })], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const end = (): void => void host.kill('SIGTERM');
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end);
  const listener = json ? jsonListener(process.stdout) : terminalListener(process.stdout);
  const done = new Promise<number>((resolve) => {
    host.on('message', (message: HostMessage) => {
      if (message.type === 'event') listener(message.event);
      else {
        console[message.type === 'error' ? 'error' : 'log'](message.text);
        if (message.type === 'up') resolve(0);
      }
    });
    void once(host, 'exit').then(([code]) => {
      resolve(typeof code === 'number' ? code : 130);
    });
  });
  const code = await done;
  host.removeAllListeners();
  if (host.connected) host.disconnect();
  host.unref();
  return code;
};

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
  }
  return port;
}

await program.parseAsync();

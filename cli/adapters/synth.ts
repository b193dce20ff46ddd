/** The templates of a catalog folder, by the app in a process of its own: the command itself loads no CDK. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

import type { Assembly } from '../../lib/placement/deploy-plan.ts';
import { notedCatalog } from '../../lib/placement/synthesised-catalog.ts';
import { CommandError } from '../terminal/errors.ts';
import { type AppStart, appStart, type AppStartOptions } from './app-start.ts';
import { cdkHome } from './cdk-home.ts';

export interface SynthOptions {
  /** What the catalog is called in messages. */
  readonly whose: string;
  readonly timeoutMs: number;
  /** Ends the app at once. */
  readonly signal: AbortSignal;
  /**
   * Applications with stacks to synthesise, in addition to those of the platform.
   * @default - all
   */
  readonly only?: readonly string[];
  /** @default the app of cdk.json */
  readonly start?: (options: AppStartOptions) => AppStart;
}

/**
 * Synthesises without bundling, into a folder that is gone afterwards, as the app is.
 *
 * @returns nothing where the signal ended it
 * @throws {@link CommandError} `synth-failed` with what the app says, or `synth-slow`
 */
export const synthesise = async (
  catalog: string,
  { whose, timeoutMs, signal, only, start = appStart }: SynthOptions,
): Promise<Assembly | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-plan-'));
  const outdir = join(folder, 'assembly');
  mkdirSync(outdir);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const { ended, said } = await run(
      start({ outdir, catalog, ...(only && { only }) }),
      cdkHome(folder),
      AbortSignal.any([signal, late]),
    );
    if (signal.aborted) return undefined;
    if (late.aborted) {
      throw new CommandError(
        'synth-slow',
        `${whose} has not synthesised within ${Math.round(timeoutMs / 1000)} s: allow more by --timeout`,
        { exitCode: 1 },
      );
    }
    if (ended !== 0) {
      const places = said.trim().replaceAll(`${resolve(catalog)}/`, `${whose}/`);
      throw new CommandError(
        'synth-failed',
        `${whose} does not synthesise:\n${places || `the app ended with ${ended}`}`,
      );
    }
    checkCatalog(outdir, catalog);
    return assemblyIn(outdir);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** An app that reads another folder than it is told would make two equal plans, and hide what is lost. */
const checkCatalog = (outdir: string, catalog: string): void => {
  const read = notedCatalog(outdir);
  if (read === resolve(catalog)) return;
  throw new CommandError(
    'app-catalog-fixed',
    `the app of cdk.json ${read === undefined ? 'does not say which catalog it reads' : `reads the catalog ${read}`}, so this command can't compare two of them: ` +
      'have it call synthCatalog() of strongroom, which reads the folder of -c catalog=FOLDER',
  );
};

/** Resolves when the process is gone, so that it writes nothing into a folder that is removed. */
const run = async (
  { command: [file, ...args], cwd, env }: AppStart,
  home: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ ended: number | string; said: string }> => {
  const app = spawn(file, args, {
    cwd,
    env: { ...home, ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that what a shell or npx started ends with it.
    detached: true,
  });
  const end = (): void => {
    endGroup(app.pid);
  };
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  try {
    const [said] = await Promise.all([text(app.stderr), once(app, 'close')]);
    return { ended: app.exitCode ?? app.signalCode ?? 'no exit code', said };
  } finally {
    signal.removeEventListener('abort', end);
  }
};

const endGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const assemblyIn = (folder: string): Assembly => {
  const { artifacts } = manifestSchema.parse(readJson(join(folder, 'manifest.json')));
  return new Map(
    Object.entries(artifacts).flatMap(([id, { type, properties }]) =>
      type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined
        ? [[properties.stackName ?? id, templateSchema.parse(readJson(join(folder, properties.templateFile)))]]
        : [],
    ),
  );
};

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.object({ templateFile: z.string().optional(), stackName: z.string().optional() }).optional(),
    }),
  ),
});

const templateSchema = z.looseObject({
  Resources: z
    .record(z.string(), z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }))
    .optional(),
});

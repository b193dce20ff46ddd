/** How the CDK app is started: as the CDK command does, by what cdk.json of the current folder says. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

import { CommandError } from '../terminal/errors.ts';

export interface AppStart {
  /** An executable and its arguments. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly cwd: string;
  /** In addition to the environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface AppStartOptions {
  /** The folder that becomes the assembly. */
  readonly outdir: string;
  /** @default the folder of the app */
  readonly catalog?: string;
  /**
   * Applications with stacks to synthesise, in addition to those of the platform.
   * @default - all
   */
  readonly only?: readonly string[];
  /**
   * Whether the functions are bundled too.
   * @default false
   */
  readonly bundle?: boolean;
  /**
   * The folder of cdk.json.
   * @default - the current folder; in a clone that of the clone, if the current folder has none
   */
  readonly app?: string;
}

/** @throws {@link CommandError} `app-missing`, or `app-invalid` if cdk.json names no app */
export const appStart = ({ outdir, catalog, only, bundle = false, app: given }: AppStartOptions): AppStart => {
  const folder = given ?? appFolder();
  const { app, context } = settingsIn(folder);
  return {
    command: commandOf(app),
    cwd: folder,
    env: {
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({
        ...context,
        ...(!bundle && { 'aws:cdk:bundling-stacks': [] }),
        ...(catalog !== undefined && { catalog: resolve(catalog) }),
        ...(only && { only: only.join(',') }),
      }),
    },
  };
};

/** Never the folder of the catalog: a gate reads the catalog of a pull request, and must not run code of it. */
const appFolder = (): string => {
  const here = process.cwd();
  const found = [here, clone].find((folder) => existsSync(join(folder, settingsFile)));
  if (found !== undefined) return found;
  throw new CommandError(
    'app-missing',
    `there is no ${settingsFile} in ${here}: run the command in the folder of your CDK app, or write one with strongroom init`,
  );
};

const settingsFile = 'cdk.json';
/** Of the sources; in the package there is no cdk.json. */
const clone = join(import.meta.dirname, '..', '..');

const settingsIn = (folder: string): { app: string; context: Readonly<Record<string, unknown>> } => {
  const settings = join(folder, settingsFile);
  const { data: json, error } = settingsSchema.safeParse(readJson(settings));
  if (error) {
    throw new CommandError(
      'app-invalid',
      `${settings} names no app: write the command that starts it as "app", such as "node --import tsx bin/app.ts"`,
      { cause: error },
    );
  }
  const lookedUp = join(folder, 'cdk.context.json');
  const found = existsSync(lookedUp) ? z.record(z.string(), z.unknown()).parse(readJson(lookedUp)) : {};
  return { app: json.app, context: { ...json.context, ...found } };
};

const settingsSchema = z.looseObject({ app: z.string().min(1), context: z.record(z.string(), z.unknown()).optional() });

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new CommandError('app-invalid', `${path} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
};

/** The CDK command runs `app` in a shell. A plain `node SCRIPT` needs none, and runs with the Node of this command. */
const commandOf = (app: string): AppStart['command'] =>
  /^node [\w@%+=:,./ -]+$/.test(app)
    ? [process.execPath, ...app.split(' ').filter(Boolean).slice(1)]
    : ['/bin/sh', '-c', app];

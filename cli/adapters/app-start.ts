/** How the app of this repository is started: as the CDK command does, by what cdk.json says. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

import { CommandError } from '../terminal/errors.ts';

export interface AppStart {
  /** Options of Node. */
  readonly options: readonly string[];
  readonly script: string;
  readonly cwd: string;
  /** Beside the environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface AppStartOptions {
  /** The folder that becomes the assembly. */
  readonly outdir: string;
  /** @default the folder of the repository */
  readonly catalog?: string;
  /**
   * Applications whose stacks are made, beside those of the platform.
   * @default - all
   */
  readonly only?: readonly string[];
  /**
   * Whether the functions are bundled, too.
   * @default false
   */
  readonly bundle?: boolean;
}

export const appStart = ({ outdir, catalog, only, bundle = false }: AppStartOptions): AppStart => {
  if (!existsSync(join(root, 'cdk.json'))) {
    throw new CommandError(
      'SYNTH_FAILED',
      `the app of Strongroom is not where the command is: ${join(root, 'cdk.json')} is missing. Install the package again, or run the command in a clone`,
    );
  }
  const { app, context } = cdkSchema.parse(JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')));
  // The package has the functions as they are built, and so has the app beside them.
  const words = existsSync(join(root, 'lambdas')) ? app.split(' ').slice(1) : ['dist/bin/app.js'];
  return {
    options: words.slice(0, -1),
    script: words.at(-1) ?? '',
    cwd: root,
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

const root = join(import.meta.dirname, '..', '..');

const cdkSchema = z.object({ app: z.string().startsWith('node '), context: z.record(z.string(), z.unknown()) });

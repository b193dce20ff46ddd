/** The templates of a catalog folder, by `bin/app.ts` in a process of its own: the command itself loads no CDK. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

import type { Assembly } from '../../lib/placement/deploy-plan.ts';
import { CommandError } from '../errors.ts';

/**
 * Synthesises without bundling, into a folder that is gone afterwards.
 *
 * @param whose - what the catalog is called in messages
 * @throws {@link CommandError} `SYNTH_FAILED` with what the app says
 */
export const synthesise = async (catalog: string, whose: string): Promise<Assembly> => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-plan-'));
  try {
    const { context } = contextSchema.parse(readJson(join(root, 'cdk.json')));
    await run(process.execPath, ['--import', 'tsx', join('bin', 'app.ts')], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...process.env,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [], catalog: resolve(catalog) }),
      },
    });
    const { artifacts } = manifestSchema.parse(readJson(join(folder, 'manifest.json')));
    return new Map(
      Object.entries(artifacts).flatMap(([id, { type, properties }]) =>
        type === 'aws:cloudformation:stack' && properties?.templateFile !== undefined
          ? [[properties.stackName ?? id, templateSchema.parse(readJson(join(folder, properties.templateFile)))]]
          : [],
      ),
    );
  } catch (error) {
    if (!(error instanceof Error) || !('stderr' in error)) throw error;
    const said = String(error.stderr)
      .trim()
      .replaceAll(`${resolve(catalog)}/`, `${whose}/`);
    throw new CommandError('SYNTH_FAILED', `${whose} does not synthesise:\n${said}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const run = promisify(execFile);

const root = join(import.meta.dirname, '..', '..');

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

const contextSchema = z.object({ context: z.record(z.string(), z.unknown()) });

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

/** Synthesises the app into a temporary folder, as the CDK command does, and reads what comes out. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { appStart } from '../../cli/adapters/app-start.ts';

export interface Assembly {
  readonly folder: string;
  readonly templates: readonly Template[];
}

export interface Template {
  readonly bytes: number;
  readonly resources: Readonly<Record<string, { Type: string; Properties?: Record<string, unknown> | undefined }>>;
}

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
});

/** Runs `use` with the assembly of the app, and removes it. */
export const withAssembly = async <Result>(
  { bundle }: { bundle: boolean },
  use: (assembly: Assembly) => Promise<Result>,
): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  try {
    const {
      command: [file, ...args],
      cwd,
      env,
    } = appStart({ outdir: folder, bundle });
    await execa(file, args, { cwd, env, timeout: 120_000 });
    return await use({ folder, templates: await readTemplates(folder) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The templates of an assembly's folder. */
export const readTemplates = async (folder: string): Promise<Template[]> => {
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.template.json'));
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      return { bytes: Buffer.byteLength(text), resources: templateSchema.parse(JSON.parse(text)).Resources };
    }),
  );
};

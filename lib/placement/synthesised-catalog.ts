/** Which catalog an assembly was made from: a note of the app, by which `deploy-plan` sees that the app read the right one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

/** @param outdir - the folder of the assembly */
export const noteCatalog = (outdir: string, catalog: string): void => {
  writeFileSync(join(outdir, noteFile), `${JSON.stringify({ catalog: resolve(catalog) })}\n`);
};

/** The absolute path of the catalog folder; nothing if the app left no note. */
export const notedCatalog = (outdir: string): string | undefined => {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(join(outdir, noteFile), 'utf8'))).catalog;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const noteFile = 'strongroom.json';
const noteSchema = z.strictObject({ catalog: z.string() });

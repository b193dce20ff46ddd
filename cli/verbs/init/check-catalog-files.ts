/** Loads the catalog that init would write, so that what it writes is valid. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { CatalogError, loadCatalog } from '../../../lib/catalog/index.ts';
import { UsageError } from '../../terminal/errors.ts';
import type { InitFile } from './init-files.ts';

/** @throws {@link UsageError} if the options give a catalog that is not valid */
export const checkCatalogFiles = (files: readonly InitFile[], today: Date): void => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-init-'));
  try {
    const catalog = join(folder, 'catalog');
    mkdirSync(catalog);
    for (const { path, text } of files) {
      if (dirname(path) === 'catalog') writeFileSync(join(catalog, basename(path)), text);
    }
    loadCatalog(catalog, { today });
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    const problems = error.problems.map(({ file, message }) => `${basename(file)}: ${message}`);
    throw new UsageError(`nothing was written, the catalog would not be valid: ${problems.join('; ')}`, {
      cause: error,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

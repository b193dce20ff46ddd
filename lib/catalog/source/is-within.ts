/** Whether a file of a catalog folder is in it once symbolic links are followed. */
import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** A link that leads out would make the catalog depend on what no review and no commit shows. */
export const isWithin = (directory: string, path: string): boolean =>
  realpathSync(path).startsWith(`${realpathSync(directory)}${sep}`);

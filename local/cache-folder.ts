/** Where a clone keeps files between runs: the installed emulator, and the record of what is running. */
import { join } from 'node:path';

/** `STRONGROOM_CACHE`, or `.strongroom` in the repository. */
export const cacheFolder = process.env['STRONGROOM_CACHE'] ?? join(import.meta.dirname, '..', '.strongroom');

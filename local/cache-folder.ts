/** Where a clone keeps what outlives a run: the installed emulator, and the record of what is up. */
import { join } from 'node:path';

/** `STRONGROOM_CACHE`, or `.strongroom` in the repository. */
export const cacheFolder = process.env['STRONGROOM_CACHE'] ?? join(import.meta.dirname, '..', '.strongroom');

/** `node --import ./local/with-tsx.js FILE.ts` runs TypeScript, once temporary files can be written. */
import './check-folders.js';

await import('tsx');

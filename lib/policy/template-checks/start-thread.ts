/** Starts `thread.ts` in a thread of its own. */
import { Worker } from 'node:worker_threads';
import type { ThreadInput } from './parts.ts';

export const startThread = (input: ThreadInput): Worker => {
  const options = { workerData: input, transferList: [input.port] };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('thread.js', import.meta.url), options);
  // A thread of Node 20 reads no TypeScript, and does not take over what lets its parent read it.
  const register = `require('node:module').register('tsx/esm', ${JSON.stringify({ parentURL: import.meta.url, data: {} })});`;
  const file = JSON.stringify(new URL('thread.ts', import.meta.url));
  return new Worker(`${register} import(${file});`, { ...options, eval: true, execArgv: [] });
};

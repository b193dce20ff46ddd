/** Preloaded into a process that is measured: what it used of processor and memory goes to a file as it ends. */
import { writeFileSync } from 'node:fs';

const file = process.env['STRONGROOM_BENCH_USAGE'];
process.once('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  // Microseconds and kilobytes, over all threads.
  if (file !== undefined) writeFileSync(file, JSON.stringify({ userCPUTime, systemCPUTime, maxRSS }));
});

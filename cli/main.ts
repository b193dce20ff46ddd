/** Entry of the `strongroom` command: meets the process, and ends it with the exit code. */
import { processHost } from './terminal/host.ts';
import { run } from './program.ts';

// `strongroom access | head`: the reader closed the pipe, which is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

// Node 20 is supported until the last dependency drops it. The SDK's warning would precede every answer.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

const args = process.argv.slice(2);
process.exitCode = await run(args, processHost(process, args), { debug: process.env['STRONGROOM_DEBUG'] === '1' });

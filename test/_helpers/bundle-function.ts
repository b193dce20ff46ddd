/** The bundle of a function, made by the construct that deploys it. */
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { NodeFunction } from '../../lib/constructs/node-function/node-function.ts';

/** Puts `index.mjs` of `lambdas/<entry>/handler.ts`, and the chunks that it loads, into the folder. */
export const bundleFunction = async (entry: string, folder: string): Promise<void> => {
  const outdir = path.join(folder, 'cdk.out');
  const stack = new Stack(new App({ outdir }), 'Bundle', { env: { account: '111122223333', region: 'eu-west-1' } });
  new NodeFunction(stack, 'Function', {
    entry,
    functionName: entry,
    roleName: entry,
    description: entry,
    environment: {},
    timeout: Duration.seconds(30),
    reservedConcurrency: 1,
    statements: [],
  });
  const bundle = (await readdir(outdir, { recursive: true })).find((file) => path.basename(file) === 'index.mjs');
  if (bundle === undefined) throw new Error(`${entry} was not bundled`);
  await cp(path.join(outdir, path.dirname(bundle)), folder, { recursive: true });
};

/** The package `strongroom`: constructs, stacks, the app, and the Lambda functions as they are deployed. */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { bundleFunction, lambdas } from '../../lib/constructs/node-function/bundle.ts';
import { compile, copyTo, type Package, root, writeManifest } from './assemble.ts';
import { unlinkMissing } from './links.ts';
import { rollUpTypes } from './types.ts';

export const strongroom: Package = {
  name: 'strongroom',
  inputs: ['bin', 'lib', 'lambdas', 'docs', 'catalog/schema', 'cdk.json', 'CHANGELOG.md'],
  build: async (folder) => {
    compile(['lib/index.ts', 'bin/app.ts'], folder, { declaration: false });
    await writeTypes(folder);
    for (const entry of await functions()) bundleFunction(entry, join(folder, 'lambdas', entry));
    await writeCdkJson(folder);
    await cp(join(root, 'catalog', 'schema'), join(folder, 'schema'), { recursive: true });
    await copyTo(folder, ['docs', 'CHANGELOG.md']);
    await copyFile(join(root, 'lib', 'README.md'), join(folder, 'README.md'));
    await unlinkMissing(folder);
    await writeManifest(folder, 'package.json', {
      keywords: ['aws', 'cdk', 'secrets', 'rotation'],
      // For a moduleResolution that does not read exports.
      main: './lib/index.js',
      types: './lib/index.d.ts',
      exports: {
        '.': {
          import: { types: './lib/index.d.ts', default: './lib/index.js' },
          require: { types: './lib/index.d.cts', default: './lib/index.js' },
        },
        './bin/app.js': './bin/app.js',
        './cdk.json': './cdk.json',
        './schema/*': './schema/*',
        './package.json': './package.json',
      },
      sideEffects: ['./bin/app.js'],
    });
  },
};

/** Node loads the same module by `import` and `require`; TypeScript wants declarations for each. */
const writeTypes = async (folder: string): Promise<void> => {
  await rollUpTypes('lib/index.ts', join(folder, 'lib', 'index.d.ts'));
  await copyFile(join(folder, 'lib', 'index.d.ts'), join(folder, 'lib', 'index.d.cts'));
};

/** The folders under `lambdas/` that are functions. */
const functions = async (): Promise<string[]> =>
  (await readdir(lambdas)).filter((name) => existsSync(join(lambdas, name, 'handler.ts'))).sort();

/** The repository's own, which starts the app of the package. */
const writeCdkJson = async (folder: string): Promise<void> => {
  const settings = JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')) as object;
  const published = { ...settings, app: 'node node_modules/strongroom/bin/app.js' };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'cdk.json'), `${JSON.stringify(published, undefined, 2)}\n`);
};

/** The package `strongroom`: constructs, stacks, the app, and the Lambda functions as they are deployed. */
import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

import { bundleFunction, lambdas } from '../../lib/constructs/node-function/bundle.ts';
import { compile, copyTo, type Package, root, writeManifest } from './assemble.ts';
import { unlinkMissing } from './links.ts';
import { rollUpTypes } from './types.ts';

export const strongroom: Package = {
  name: 'strongroom',
  inputs: ['bin', 'lib', 'lambdas', 'docs', 'catalog/schema', 'cdk.json', 'CHANGELOG.md'],
  build: async (folder) => {
    compile(['lib/index.ts', 'bin/app.ts'], folder, { declaration: false });
    await writeCommonJs(folder);
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
      main: './lib/index.cjs',
      types: './lib/index.d.cts',
      exports: {
        '.': {
          import: { types: './lib/index.d.ts', default: './lib/index.js' },
          require: { types: './lib/index.d.cts', default: './lib/index.cjs' },
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

/** For apps and test runners that `require`: most CDK apps are CommonJS, and Jest loads no ES modules. */
const writeCommonJs = async (folder: string): Promise<void> => {
  // The functions are found from the folder of the module that looks for them, which is another one in the bundle.
  const banner = "const __importer = require('node:path').join(__dirname, 'constructs', 'node-function');";
  await build({
    absWorkingDir: root,
    entryPoints: ['lib/index.ts'],
    outfile: join(folder, 'lib', 'index.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // CDK shows names of classes.
    keepNames: true,
    define: { 'import.meta.dirname': '__importer', 'import.meta.url': '__importer' },
    banner: { js: banner },
    logLevel: 'warning',
  });
};

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

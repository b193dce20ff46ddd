/** The package `strongroom`: constructs, stacks, the app, and the Lambda functions as they are deployed. */
import { compile, copyTo, type Package, writeManifest } from './assemble.ts';

export const strongroom: Package = {
  name: 'strongroom',
  inputs: ['bin', 'lib', 'lambdas', 'docs', 'catalog/schema', 'cdk.json', 'README.md', 'CHANGELOG.md'],
  build: async (folder) => {
    compile(['lib/index.ts', 'bin/app.ts'], folder);
    await copyTo(folder, ['docs', 'catalog/schema', 'README.md', 'CHANGELOG.md']);
    await writeManifest(folder, 'package.json', {
      exports: {
        '.': { types: './lib/index.d.ts', default: './lib/index.js' },
        './package.json': './package.json',
      },
    });
  },
};

/** The package `@strongroom/client`. */
import { compile, copyTo, type Package, writeManifest } from './assemble.ts';

export const client: Package = {
  name: 'client',
  inputs: ['client', 'lib/contract', 'docs/client.md'],
  build: async (folder) => {
    compile(['client/index.ts'], folder);
    await copyTo(folder, ['docs/client.md']);
    await writeManifest(folder, 'client/package.json', {
      exports: {
        '.': { types: './client/index.d.ts', default: './client/index.js' },
        './package.json': './package.json',
      },
    });
  },
};

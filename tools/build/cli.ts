/** The package `@strongroom/cli`. */
import { compile, type Package, writeManifest } from './assemble.ts';

export const cli: Package = {
  name: 'cli',
  inputs: ['cli', 'lib'],
  build: async (folder) => {
    compile(['cli/main.ts'], folder, { declaration: false });
    await writeManifest(folder, 'cli/package.json', { bin: { strongroom: 'cli/main.js' } });
  },
};

/** The package `@strongroom/cli`: compiled JavaScript with all libraries in it, so that it installs nothing else and starts fast. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

import { copyTo, type Package, root, writeManifest } from './assemble.ts';
import { unlinkMissing } from './links.ts';
import { noticesOf } from './notices.ts';

export const cli: Package = {
  name: 'cli',
  inputs: ['cli', 'lib', 'cdk.json', 'docs/commands.md', 'docs/starting.md'],
  build: async (folder) => {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: { main: 'cli/main.ts' },
      outdir: join(folder, 'dist'),
      chunkNames: '[name]-[hash]',
      bundle: true,
      // One chunk per verb, which is loaded when the verb runs.
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      mainFields: ['module', 'main'],
      // Libraries that are CommonJS call require. A verb may import createRequire itself.
      banner: { js: "import{createRequire as requireOf}from'node:module';const require=requireOf(import.meta.url);" },
      metafile: true,
      logLevel: 'warning',
    });
    await write(join(folder, 'strongroom.js'), launcher);
    await chmod(join(folder, 'strongroom.js'), 0o755);
    await write(join(folder, 'THIRD-PARTY-NOTICES'), await noticesOf(Object.keys(metafile.inputs)));
    await write(join(folder, 'README.md'), readme);
    await copyTo(folder, ['docs/commands.md', 'docs/starting.md']);
    await unlinkMissing(folder);
    await writeManifest(folder, 'cli/package.json', {
      keywords: ['aws', 'secrets', 'rotation', 'cli'],
      // They are in the bundle.
      dependencies: {},
    });
  },
};

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

/** Node 22.1 and newer keep compiled code between two runs. */
const launcher = `#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
await import('./dist/main.js');
`;

const readme = `# The strongroom command

Checks a catalog of secrets for AWS, shows who can read what, and rotates, diagnoses and repairs secrets.

\`\`\`sh
npx @strongroom/cli init          # a catalog, a CDK app and CI workflows in your own repository
npm install --save-dev @strongroom/cli
npx strongroom validate
\`\`\`

- [docs/starting.md](docs/starting.md): from an empty repository to the first deployment
- [docs/commands.md](docs/commands.md): every verb, with its options and exit codes

The licence is Apache-2.0. THIRD-PARTY-NOTICES has the licences of the libraries in the package.
`;

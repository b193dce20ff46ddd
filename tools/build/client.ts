/** The package `@strongroom/client`: one module in ESM and in CommonJS, each with declarations of its own kind. */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { type Package, root, writeManifest } from './assemble.ts';
import { unlinkMissing } from './links.ts';
import { rollUpTypes } from './types.ts';

export const client: Package = {
  name: 'client',
  inputs: ['client', 'lib/contract', 'docs/client.md'],
  build: async (folder) => {
    await bundle(folder, { format: 'esm', outfile: 'dist/index.js' });
    // Jest runs CommonJS in a context that refuses `import()`, so the build calls `require` when the signer is needed.
    await bundle(folder, { format: 'cjs', outfile: 'dist/index.cjs', supported: { 'dynamic-import': false } });
    await rollUpTypes('client/index.ts', join(folder, 'dist/index.d.ts'));
    await copyFile(join(folder, 'dist/index.d.ts'), join(folder, 'dist/index.d.cts'));
    await copyFile(join(root, 'docs/client.md'), join(folder, 'README.md'));
    await unlinkMissing(folder);
    const { dependencies } = JSON.parse(await readFile(join(root, 'client/package.json'), 'utf8')) as Manifest;
    await writeManifest(folder, 'client/package.json', {
      keywords: ['aws', 'secrets', 'secrets-manager', 'rotation', 'lambda'],
      // The two fields are for TypeScript's `node10` resolution and other tools that ignore `exports`.
      main: './dist/index.cjs',
      types: './dist/index.d.cts',
      exports: {
        '.': {
          import: { types: './dist/index.d.ts', default: './dist/index.js' },
          require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
        },
        './package.json': './package.json',
      },
      files: ['dist'],
      dependencies: rangesOf(dependencies),
    });
  },
};

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Bundles the client and what it uses of lib/contract as one readable module. Its dependencies stay imports. */
const bundle = async (folder: string, options: BuildOptions & { readonly outfile: string }): Promise<void> => {
  await build({
    absWorkingDir: root,
    entryPoints: ['client/index.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    ...options,
    outfile: join(folder, options.outfile),
  });
};

/** An application that has a newer minor version of the SDK shares it with the client. */
const rangesOf = (dependencies: Manifest['dependencies']): Manifest['dependencies'] =>
  Object.fromEntries(Object.entries(dependencies).map(([name, version]) => [name, `^${version}`]));

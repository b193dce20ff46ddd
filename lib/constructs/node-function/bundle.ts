/** Bundles a function's sources into the ES modules that Lambda runs. In a clone alone: the package contains the bundles. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type * as Esbuild from 'esbuild';

/** The root of the clone, or of the package. */
const root = join(import.meta.dirname, '..', '..', '..');
/** In a clone sources, in the package bundles; one folder per function. */
export const lambdas = join(root, 'lambdas');

/**
 * Writes `index.mjs`, and the chunks that it loads only when they are needed: what is behind `import()` costs a cold start
 * nothing. CDK's own `NodejsFunction` makes a single file, with all of it.
 *
 * @param entry - folder under `lambdas/` whose `handler.ts` exports `handler`.
 */
export const bundleFunction = (entry: string, folder: string): void => {
  // Loaded here, as the package does not depend on it.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  // Source maps name the sources relative to the output: in one fixed place, they are the same in every checkout.
  const outdir = join(root, 'dist', 'bundle');
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: { index: join(lambdas, entry, 'handler.ts') },
    outdir,
    write: false,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(lambdas, 'runtime', 'adapters', 'environment-credentials.ts'),
      // SQL Server's driver reads columns with it; that of MySQL asks it for nothing that matters here.
      ...(mysqlEntries.has(entry) && { 'iconv-lite': join(lambdas, 'databases', 'mysql', 'encodings.ts') }),
    },
    // CommonJS drivers in an ESM bundle call require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  for (const { path, contents } of outputFiles) {
    const file = join(folder, relative(outdir, path));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
};

const mysqlEntries: ReadonlySet<string> = new Set(['rotation-mysql', 'rotation-mariadb']);

/** Bundles a function's sources into the ES modules that Lambda runs. */
import { copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

/** The functions' sources are bundled from the package's root, wherever the app runs. */
const packageRoot = join(import.meta.dirname, '..', '..', '..');
const lambdas = join(packageRoot, 'lambdas');

/**
 * `index.mjs` and the chunks that it loads only when they are needed: what is behind `import()` costs a cold start nothing.
 * CDK's own `NodejsFunction` makes a single file, with all of it.
 *
 * @param entry - folder under `lambdas/` whose `handler.ts` exports `handler`.
 * @param besides - files that travel with the bundle, by their names there.
 */
export const bundledCode = (entry: string, besides: Readonly<Record<string, string>> = {}): Code =>
  Code.fromAsset(join(lambdas, entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local way below either bundles or throws.
      image: DockerImage.fromRegistry('public.ecr.aws/lambda/nodejs:24'),
      // Nothing runs this: CDK bundles once what has one folder and one command.
      command: Object.entries(besides).flat(),
      local: {
        tryBundle: (output) => {
          bundle(entry, output);
          for (const [name, source] of Object.entries(besides)) copyFileSync(resolve(source), join(output, name));
          return true;
        },
      },
    },
  });

const bundle = (entry: string, output: string): void => {
  buildSync({
    absWorkingDir: packageRoot,
    entryPoints: { index: sourceFile(join(lambdas, entry, 'handler.ts')) },
    outdir: output,
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
      '@aws-sdk/credential-provider-node': sourceFile(
        join(lambdas, 'runtime', 'adapters', 'environment-credentials.ts'),
      ),
      // SQL Server's driver reads columns with it; that of MySQL asks it for nothing that matters here.
      ...(mysqlEntries.has(entry) && { 'iconv-lite': sourceFile(join(lambdas, 'databases', 'mysql', 'encodings.ts')) }),
    },
    // CommonJS drivers in an ESM bundle call require.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
};

const mysqlEntries: ReadonlySet<string> = new Set(['rotation-mysql', 'rotation-mariadb']);

/** In a clone the source; in the package what was built of it. */
const sourceFile = (source: string): string => (existsSync(source) ? source : source.replace(/\.ts$/, '.js'));

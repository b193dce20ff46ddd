/** `npm run api`: writes the report of the public API, one file per entry point, to `etc` or to the folder in the argument. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor';

import { compile, root } from './build/assemble.ts';

/** Name of the report and module, by the entry points of package.json. */
const entryPoints = { strongroom: 'lib/index', client: 'client/index' };
const manifests: Readonly<Record<string, string>> = { strongroom: 'package.json', client: 'client/package.json' };

/** @param declarations - the folder of the compiled declarations. */
const configOf = (name: string, entry: string, declarations: string, reportFolder: string): ExtractorConfig =>
  ExtractorConfig.prepare({
    packageJsonFullPath: join(root, manifests[name] ?? 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(declarations, `${entry}.d.ts`),
      newlineKind: 'lf',
      compiler: {
        skipLibCheck: true,
        overrideTsconfig: {
          extends: join(root, 'tsconfig.json'),
          include: [],
          files: Object.values(entryPoints).map((file) => join(declarations, `${file}.d.ts`)),
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder,
        reportTempFolder: join(declarations, 'reports'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: { 'ae-forgotten-export': { logLevel: ExtractorLogLevel.Error } } },
    },
  });

/** Prints errors alone: a changed report is what the command is for. */
const printErrors = (message: ExtractorMessage): void => {
  message.handled = true;
  if (message.logLevel === ExtractorLogLevel.Error) console.error(message.text);
};

const reportFolder = resolve(process.argv[2] ?? join(root, 'etc'));
await mkdir(reportFolder, { recursive: true });
// In the repository, so that imports of packages resolve; not below node_modules, which is other packages' to API Extractor.
await mkdir(join(root, '.strongroom'), { recursive: true });
const declarations = await mkdtemp(join(root, '.strongroom', 'api-'));
try {
  const entries = Object.values(entryPoints).map((entry) => `${entry}.ts`);
  compile(entries, declarations, { emitDeclarationOnly: true });
  let compilerState: CompilerState | undefined;
  for (const [name, entry] of Object.entries(entryPoints)) {
    const config = configOf(name, entry, declarations, reportFolder);
    compilerState ??= CompilerState.create(config);
    const { succeeded } = Extractor.invoke(config, {
      compilerState,
      localBuild: true,
      messageCallback: printErrors,
    });
    if (succeeded) {
      console.log(`${relative(root, join(reportFolder, `${name}.api.md`))} written`);
    } else {
      console.error(`${entry}.ts exposes names that it does not export: export them, or take them out of its types`);
      process.exitCode = 1;
    }
  }
} finally {
  await rm(declarations, { recursive: true, force: true });
}

/** The types of a package in one file, without those that its entry point does not export. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage } from '@microsoft/api-extractor';

import { compile, root } from './assemble.ts';

/**
 * Writes the declarations of a module and all that it imports as one `.d.ts`. Such a file works for every module system and
 * every `moduleResolution`, which a folder of declarations that import each other does not.
 *
 * @param entry - path in the repository, as `client/index.ts`
 */
export const rollUpTypes = async (entry: string, file: string): Promise<void> => {
  // In the repository, so that imports of packages resolve.
  const declarations = await mkdtemp(join(root, 'dist', 'types-'));
  try {
    compile([entry], declarations, { declaration: true, emitDeclarationOnly: true, stripInternal: true });
    const main = join(declarations, entry.replace(/\.ts$/, '.d.ts'));
    const config = ExtractorConfig.prepare({
      packageJsonFullPath: join(root, 'package.json'),
      configObjectFullPath: undefined,
      configObject: {
        projectFolder: root,
        mainEntryPointFilePath: main,
        newlineKind: 'lf',
        compiler: {
          skipLibCheck: true,
          overrideTsconfig: { extends: join(root, 'tsconfig.json'), include: [], files: [main] },
        },
        apiReport: { enabled: false, reportFileName: 'unused.api.md' },
        docModel: { enabled: false },
        dtsRollup: { enabled: true, untrimmedFilePath: file },
        tsdocMetadata: { enabled: false },
      },
    });
    const errors: string[] = [];
    const messageCallback = (message: ExtractorMessage): void => {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error) errors.push(message.text);
    };
    const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback });
    if (!succeeded) throw new Error(`types of ${entry}: ${errors.join('; ')}`);
  } finally {
    await rm(declarations, { recursive: true, force: true });
  }
};

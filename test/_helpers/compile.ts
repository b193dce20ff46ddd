/** Type-checks code that stands in no file of its own: snippets of pages, examples of comments. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');

/**
 * Compiles modules under the project's own settings, with the package's names leading to its sources.
 *
 * @param modules - code by the absolute path at which it would stand, on which relative imports depend.
 * @returns the errors of each module, by the same path.
 */
export const compile = (modules: ReadonlyMap<string, string>): Map<string, string[]> => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      noUnusedLocals: false,
    },
    root,
  );
  const disk = ts.createCompilerHost(options);
  const folders = new Set([...modules.keys()].map((file) => path.dirname(file)));
  const host: ts.CompilerHost = {
    ...disk,
    readFile: (file) => modules.get(file) ?? disk.readFile(file),
    fileExists: (file) => modules.has(file) || disk.fileExists(file),
    directoryExists: (folder) => folders.has(folder) || ts.sys.directoryExists(folder),
    getSourceFile: (file, target, ...rest) => {
      const code = modules.get(file);
      return code === undefined
        ? disk.getSourceFile(file, target, ...rest)
        : ts.createSourceFile(file, code, target, true);
    },
  };
  const program = ts.createProgram([...modules.keys()], options, host);
  return new Map(
    [...modules.keys()].map((file) => [
      file,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
};

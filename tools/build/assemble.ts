/** What the builds of the packages share: compile sources, copy files, derive a manifest. */
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Package {
  readonly name: string;
  /** Files and folders of the repository, besides package.json and the lock file. If one changes, the package is built again. */
  readonly inputs: readonly string[];
  /** @param folder - empty; becomes what `npm pack` packs. */
  readonly build: (folder: string) => Promise<void>;
}

/**
 * Compiles TypeScript modules and all that they import to JavaScript. Types are not checked: `npm run typecheck` does that.
 *
 * @param entries - paths in the repository
 */
export const compile = (entries: readonly string[], outDir: string, options: ts.CompilerOptions = {}): void => {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, configHost);
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    { ...config?.options, noEmit: false, noCheck: true, declaration: true, rootDir: root, outDir, ...options },
  );
  const { diagnostics } = program.emit();
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, formatHost));
};

/** Copies files and folders of the repository to the same paths. */
export const copyTo = async (folder: string, paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
};

/**
 * Writes the package.json that is published: the one of the workspace without what only a clone needs.
 *
 * @param source - path of the workspace's package.json in the repository
 * @param published - keys that differ in the package
 */
export const writeManifest = async (folder: string, source: string, published: object): Promise<void> => {
  const manifest = await readManifest(source);
  for (const key of ['private', 'workspaces', 'scripts', 'devDependencies', 'allowScripts'])
    Reflect.deleteProperty(manifest, key);
  const text = JSON.stringify({ ...manifest, ...published }, undefined, 2);
  await writeFile(join(folder, 'package.json'), `${text}\n`);
  await copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE'));
};

const readManifest = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(join(root, path), 'utf8')) as Record<string, unknown>;

const configHost: ts.ParseConfigFileHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.formatDiagnostic(diagnostic, formatHost));
  },
};

const formatHost: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => root,
  getNewLine: () => '\n',
};

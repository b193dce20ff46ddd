import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  /** A workspace, which is a folder of the repository. */
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
  readonly license?: string;
  readonly resolved?: string;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
const manifests = ['package.json', 'client/package.json', 'cli/package.json'].map(
  (path) =>
    JSON.parse(readFileSync(path, 'utf8')) as Record<'dependencies' | 'devDependencies', Record<string, string>>,
);
const fromRegistry = Object.entries(lock.packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && !link,
);

/** The packages that the functions import, which their bundles contain. */
const bundled = (): ReadonlySet<string> => {
  const files = readdirSync('lambdas', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const names = files.flatMap((file) =>
    ts
      .preProcessFile(readFileSync(`lambdas/${file}`, 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => fileName),
  );
  const packages = names
    .filter((name) => !/^(\.|node:)/.test(name))
    .map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
  const paths = new Set<string>();
  const add = (name: string, from: string): void => {
    const path = lockedPath(name, from);
    // Types alone, and optional packages of drivers: not installed, so in no bundle.
    if (path === undefined || paths.has(path)) return;
    paths.add(path);
    for (const next of Object.keys(lock.packages[path]?.dependencies ?? {})) add(next, path);
  };
  for (const name of packages) add(name, '');
  return paths;
};

/** Where Node finds a package that is imported from another one. */
const lockedPath = (name: string, from: string): string | undefined => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder}${folder && '/'}node_modules/${name}`;
    if (lock.packages[path]) return path;
    if (folder === '') return undefined;
  }
};

/** What aws-cdk-lib contains is AWS's choice, is a peer dependency, and is in no function. */
const bundledByCdk = 'node_modules/aws-cdk-lib/node_modules/';
const inBundles = bundled();
const shipped = fromRegistry.filter(
  ([path, { dev }]) => (dev !== true || inBundles.has(path)) && !path.startsWith(bundledByCdk),
);

describe('what the packages depend on', () => {
  it('ships permissive licences only', () => {
    const permissive = /^(MIT|MIT-0|Apache-2\.0|BSD|BSD-2-Clause|BSD-3-Clause|0BSD|ISC)$/;
    const others = shipped
      .filter(([, { license }]) => !permissive.test(license ?? 'none'))
      .map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
    expect(others).toEqual([]);
    expect(shipped.map(([path]) => path)).toEqual(
      expect.arrayContaining(
        ['aws-cdk-lib', 'commander', 'lru-cache', 'pg-protocol', 'sprintf-js'].map((name) => `node_modules/${name}`),
      ),
    );
  });

  it('is pinned to exact versions', () => {
    const ranges = manifests
      .flatMap(({ dependencies, devDependencies }) => Object.entries({ ...dependencies, ...devDependencies }))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(ranges).toEqual([]);
  });

  it('records no download addresses', () => {
    expect(fromRegistry.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

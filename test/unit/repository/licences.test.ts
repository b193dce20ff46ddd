import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly license?: string;
  readonly resolved?: string;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>;
/** What aws-cdk-lib carries inside itself is AWS's choice and reaches no function. */
const bundledByCdk = 'node_modules/aws-cdk-lib/node_modules/';
const shipped = Object.entries(lock.packages).filter(
  ([path, { dev }]) => path !== '' && dev !== true && !path.startsWith(bundledByCdk),
);

describe('what the package depends on', () => {
  it('ships permissive licences only', () => {
    const permissive = /^(MIT|MIT-0|Apache-2\.0|BSD|BSD-2-Clause|BSD-3-Clause|0BSD|ISC)$/;
    const others = shipped
      .filter(([, { license }]) => !permissive.test(license ?? 'none'))
      .map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
    expect(others).toEqual([]);
  });

  it('is pinned to exact versions', () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(ranges).toEqual([]);
  });

  it('records no download addresses', () => {
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const reports = ['client.api.md', 'strongroom.api.md'];

describe('the public API', () => {
  const fresh = mkdtempSync(join(tmpdir(), 'api-'));
  let run: { readonly exitCode?: number | undefined; readonly stderr: string };

  beforeAll(async () => {
    run = await execa('tsx', ['tools/api-report.ts', fresh], { cwd: root, preferLocal: true, reject: false });
  });
  afterAll(() => {
    rmSync(fresh, { recursive: true, force: true });
  });

  it('exports every type that its entry points expose', () => {
    expect({ exitCode: run.exitCode, stderr: run.stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('has one report per entry point of the packages', () => {
    const entryPoints = ['package.json', 'client/package.json', 'cli/package.json'].flatMap((path) => {
      const manifest = JSON.parse(readFileSync(join(root, path), 'utf8')) as { name: string; exports: object };
      return Object.keys(manifest.exports).map((entry) => join(manifest.name, entry));
    });
    expect(entryPoints.filter((entry) => !entry.endsWith('package.json'))).toEqual([
      'strongroom',
      '@strongroom/client',
    ]);
    expect(readdirSync(join(root, 'etc')).sort()).toEqual(reports);
    expect(readdirSync(fresh).sort()).toEqual(reports);
  });

  it.each(reports)('is the one in etc/%s', (report) => {
    expect(
      readFileSync(join(fresh, report), 'utf8'),
      'The public API has changed. If that is intended, run `npm run api` and commit the report.',
    ).toBe(readFileSync(join(root, 'etc', report), 'utf8'));
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folders that each folder imports from. */
type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const graphOf = (imports: Iterable<readonly [file: string, imported: string]>): Graph => {
  const graph = new Map<string, Set<string>>();
  for (const [file, imported] of imports) {
    const [from, to] = [posix.dirname(file), posix.dirname(imported)];
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
};

/** The folders of one way that comes back to where it began, or `undefined`. */
const cycleIn = (graph: Graph): readonly string[] | undefined => {
  const done = new Set<string>();
  const walk = (folder: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(folder)) return [...way.slice(way.indexOf(folder)), folder];
    if (done.has(folder)) return undefined;
    for (const next of graph.get(folder) ?? []) {
      const cycle = walk(next, [...way, folder]);
      if (cycle) return cycle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of graph.keys()) {
    const cycle = walk(folder, []);
    if (cycle) return cycle;
  }
  return undefined;
};

/** Every relative import of the shipped code. */
const imports = function* (): Generator<readonly [string, string]> {
  const folders = ['bin', 'lib', 'lambdas', 'client', 'cli'];
  const listed = execFileSync('git', ['ls-files', '-z', ...folders], { cwd: root, encoding: 'utf8' });
  for (const file of listed.split('\0').filter((name) => name.endsWith('.ts'))) {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) yield [file, posix.join(posix.dirname(file), fileName)];
    }
  }
};

describe('the folders', () => {
  it('import each other without a cycle', () => {
    const graph = graphOf(imports());
    expect(graph.size).toBeGreaterThan(40);
    expect(cycleIn(graph)).toBeUndefined();
  });

  it('would be found in a cycle', () => {
    const graph = graphOf([
      ['lib/a/one.ts', 'lib/b/two.ts'],
      ['lib/b/two.ts', 'lib/b/three.ts'],
      ['lib/b/three.ts', 'lib/c/four.ts'],
      ['lib/c/four.ts', 'lib/a/five.ts'],
    ]);
    expect(cycleIn(graph)).toEqual(['lib/a', 'lib/b', 'lib/c', 'lib/a']);
  });
});

/** `strongroom place` in a folder: what it writes, what it leaves alone, and what it refuses. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { loadPlacement, readPlacement } from '../../../lib/placement/load-placement.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

const payments = (count: number, from = 0): string =>
  paymentsHead +
  Array.from(
    { length: count },
    (_, index) => `  key-${from + index}:\n    class: signing-key\n    readers: [api]\n`,
  ).join('');

const folderOf = (count: number): string =>
  catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments(count) });

const lock = (folder: string): string => join(folder, 'placement.lock.json');

const problemsOf = (folder: string): string => {
  try {
    loadPlacement(folder, loadCatalog(folder, { today }));
    return '';
  } catch (error) {
    return String(error).replaceAll(folder, 'catalog');
  }
};

describe('strongroom place', () => {
  it('writes nothing for small applications', async () => {
    const folder = folderOf(40);
    const { exitCode, stdout } = await strongroom(['place', '-c', folder]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'Every application has one stack: nothing to place.\n',
    });
    expect(existsSync(lock(folder))).toBe(false);
    expect(problemsOf(folder)).toBe('');
  });

  it('places what a synth refuses, and says which stacks there are', async () => {
    const folder = folderOf(50);
    expect(problemsOf(folder)).toContain(
      'secrets has 50 entries, and past 40 the stack of each is written down; run strongroom place --catalog catalog and commit placement.lock.json',
    );
    expect((await strongroom(['place', '-c', folder])).exitCode).toBe(0);
    expect(problemsOf(folder)).toBe('');

    writeFileSync(join(folder, 'payments.yaml'), payments(70));
    expect(problemsOf(folder)).toMatch(
      /payments\.yaml:\d+:1 secrets has 70 entries, and no place for key-50, key-51, key-52 and 17 more/,
    );
    const { stdout } = await strongroom(['place', '-c', folder, '--json']);
    const { applications } = JSON.parse(stdout) as { applications: { stacks: { name: string; secrets: number }[] }[] };
    expect(applications[0]?.stacks.map(({ name, secrets }) => [name, secrets])).toEqual([
      ['strongroom-<environment>-payments', 60],
      ['strongroom-<environment>-payments-2', 10],
    ]);
    expect(problemsOf(folder)).toBe('');
  });

  it('with --check writes nothing, and ends with 2 where the file is stale', async () => {
    const folder = folderOf(50);
    const { exitCode, stderr } = await strongroom(['place', '-c', folder, '--check']);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: .*placement\.lock\.json is not what the catalog needs: run strongroom place/);
    expect(existsSync(lock(folder))).toBe(false);

    await strongroom(['place', '-c', folder]);
    expect((await strongroom(['place', '-c', folder, '--check'])).exitCode).toBe(0);
    writeFileSync(join(folder, 'payments.yaml'), payments(49));
    expect((await strongroom(['place', '-c', folder, '--check'])).exitCode).toBe(2);
  });

  it('places a new repository without a commit, of which nothing is deployed', async () => {
    const folder = folderOf(70);
    const refused = await strongroom(['place', '-c', folder]);
    expect(refused.stderr).toMatch(/or --nothing-deployed if no secret of the catalog is in AWS yet/);
    const both = await strongroom(['place', '-c', folder, '--nothing-deployed', '--since', 'HEAD']);
    expect([both.exitCode, existsSync(lock(folder))]).toEqual([2, false]);
    expect((await strongroom(['place', '-c', folder, '--nothing-deployed'])).exitCode).toBe(0);
    expect(problemsOf(folder)).toBe('');
  });

  it('asks for the commit that is deployed where an application passes a stack at once, and leaves those secrets in the first', async () => {
    const folder = folderOf(3);
    const git = (...args: readonly string[]): void => {
      execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
        stdio: 'ignore',
      });
    };
    git('init');
    git('add', '.');
    git('commit', '-m', 'first');
    writeFileSync(join(folder, 'payments.yaml'), payments(70, 100) + payments(3).slice(paymentsHead.length));

    const refused = await strongroom(['place', '-c', folder]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/payments \(73 secrets\): a stack takes 60 secrets, .* write --since COMMIT/);
    expect(existsSync(lock(folder))).toBe(false);

    expect((await strongroom(['place', '-c', folder, '--since', 'HEAD'])).exitCode).toBe(0);
    expect(readPlacement(folder)['payments']).toMatchObject({ 'key-0': 1, 'key-1': 1, 'key-2': 1, 'key-169': 2 });
    const unknown = await strongroom(['place', '-c', folder, '--since', 'nowhere']);
    expect(unknown.stderr).toContain('--since nowhere: the repository has no such commit');
  });

  it('refuses a stack whose name another application has, and a file that nobody wrote with it', async () => {
    const folder = folderOf(70);
    writeFileSync(
      join(folder, 'payments-2.yaml'),
      payments(1).replace('application: payments', 'application: payments-2'),
    );
    writeFileSync(lock(folder), readFileSync(lock(await placed())));
    const { exitCode, stderr } = await strongroom(['place', '-c', folder]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('rename that application');

    writeFileSync(lock(folder), '{\n  "applications": { "payments": { "key-0": "first" } }\n}\n');
    expect(problemsOf(folder)).toMatch(
      /catalog\/placement\.lock\.json:2:\d+ applications\.payments\.key-0 must be the number of a stack \(got first\)/,
    );
  });
});

/** A folder whose `payments` has two stacks. */
const placed = async (): Promise<string> => {
  const folder = folderOf(50);
  await strongroom(['place', '-c', folder]);
  writeFileSync(join(folder, 'payments.yaml'), payments(70));
  await strongroom(['place', '-c', folder]);
  return folder;
};

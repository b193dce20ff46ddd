import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const slow = 300_000;

/** The workflow that the README has. */
const workflow = z
  .object({
    on: z.string(),
    permissions: z.record(z.string(), z.string()),
    jobs: z.object({
      access: z.object({
        steps: z.array(
          z.object({
            uses: z.string().optional(),
            run: z.string().optional(),
            'working-directory': z.string().optional(),
            with: z.record(z.string(), z.unknown()).optional(),
            env: z.record(z.string(), z.string()).optional(),
          }),
        ),
      }),
    }),
  })
  .parse(parse(/```yaml\n(# \.github\/workflows\/access\.yml\n[\s\S]*?)```/.exec(readme())?.[1] ?? ''));

function readme(): string {
  return readFileSync(join(project, 'README.md'), 'utf8');
}

const { steps } = workflow.jobs.access;
const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const widened = payments.replace('readers: [api]', 'readers: [api, report]');

let folder: string;
let origin: string;

const git = (at: string, ...args: string[]): string => {
  const settings = ['user.name=a', 'user.email=a@example.com', 'commit.gpgsign=false'].flatMap((one) => ['-c', one]);
  return execFileSync('git', ['-C', at, ...settings, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
};

const write = (at: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), content);
  }
};

/** A repository whose main branch has the command and a catalog. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-gate-'));
  origin = join(folder, 'origin');
  mkdirSync(origin);
  for (const name of ['cli', 'lib', 'package.json', 'tsconfig.json']) {
    cpSync(join(project, name), join(origin, name), { recursive: true });
  }
  write(origin, { 'catalog/organisation.yaml': organisationYaml, 'catalog/payments.yaml': payments });
  git(origin, 'init', '--quiet', '--initial-branch=main');
  git(origin, 'add', '.');
  git(origin, 'commit', '--quiet', '--message=base');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number | null;
  readonly said: string;
  /** Whether anything of the pull request was run. */
  readonly ran: boolean;
}

/** Opens a pull request with what `change` does to a clone, and runs the steps of the workflow. */
const gate = (change: (clone: string, marker: string) => void, head?: string): Outcome => {
  const place = mkdtempSync(join(folder, 'run-'));
  const [clone, marker] = [join(place, 'author'), join(place, 'marker')];
  git(place, 'clone', '--quiet', origin, clone);
  git(clone, 'checkout', '--quiet', '-b', 'feature');
  change(clone, marker);
  git(clone, 'add', '--force', '.');
  git(clone, 'commit', '--quiet', '--message=change');
  const values: Readonly<Record<string, string>> = {
    'github.event.pull_request.base.ref': 'main',
    'github.event.pull_request.head.sha': head ?? git(clone, 'rev-parse', 'HEAD'),
    'github.event.number': '1',
  };
  git(clone, 'checkout', '--quiet', 'main');
  git(clone, 'merge', '--quiet', '--no-ff', '--message=merge', 'feature');
  git(clone, 'push', '--quiet', '--force', origin, 'HEAD:refs/pull/1/merge');
  const filled = (text: unknown): string =>
    String(text).replaceAll(/\$\{\{ *([\w.]+) *\}\}/g, (_all, name: string) => values[name] ?? 'unknown');
  let outcome: Outcome = { status: 0, said: '', ran: false };
  for (const { uses = '', run, with: given = {}, env = {}, 'working-directory': at = '.' } of steps) {
    const path = join(place, filled(given['path'] ?? at));
    if (uses.startsWith('actions/checkout@')) {
      const depth = Number(given['fetch-depth'] ?? 1);
      git(place, 'init', '--quiet', path);
      git(path, 'fetch', '--quiet', `--depth=${depth}`, `file://${origin}`, filled(given['ref']));
      git(path, 'checkout', '--quiet', 'FETCH_HEAD');
    } else if (run?.startsWith('npm ci')) {
      // What it would install, without the registry.
      symlinkSync(join(project, 'node_modules'), join(path, 'node_modules'));
    } else if (run !== undefined && outcome.status === 0) {
      const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]));
      const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', filled(run)], {
        cwd: path,
        encoding: 'utf8',
        env: { ...process.env, ...variables },
      });
      outcome = { status, said: stdout + stderr, ran: false };
    }
  }
  return { ...outcome, ran: existsSync(marker) };
};

describe('the workflow of the README', () => {
  it('takes its own text and its code from the target branch, with the right to read alone', () => {
    expect([workflow.on, workflow.permissions]).toEqual(['pull_request_target', { contents: 'read' }]);
    const checkouts = steps.filter(({ uses = '' }) => uses.startsWith('actions/checkout@'));
    expect(checkouts.map(({ with: given }) => given?.['persist-credentials'])).toEqual([false, false]);
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@[0-9a-f]{40}$/);
  });

  it('runs commands in the folder of the gate alone, and no scripts of packages', () => {
    const runs = steps.filter(({ run }) => run !== undefined);
    expect(runs.map((step) => step['working-directory'])).toEqual(runs.map(() => 'gate'));
    expect(runs.filter(({ run }) => /\bnpm\b|\bnpx\b/.test(run ?? '')).map(({ run }) => run)).toEqual([
      'npm ci --ignore-scripts',
    ]);
  });

  it(
    'passes where nothing is widened',
    () => {
      const { status, said } = gate((clone) => {
        write(clone, { 'catalog/payments.yaml': payments.replace('readers: [api]', 'readers: []') });
      });
      expect([status, said]).toEqual([0, expect.stringContaining('No guarded environment is widened')]);
    },
    slow,
  );

  it.each<[string, (clone: string, marker: string) => void]>([
    ['widens the catalog', () => undefined],
    [
      'replaces the command, the scripts of package.json and the settings of npm and TypeScript',
      (clone, marker) => {
        const bad = `import { writeFileSync } from 'node:fs';\nwriteFileSync('${marker}', '');\n`;
        for (const name of ['cli/strongroom.js', 'cli/main.ts', 'lib/access/changes.ts']) write(clone, { [name]: bad });
        const scripts = { preinstall: `touch ${marker}`, prepare: `touch ${marker}` };
        write(clone, {
          'package.json': JSON.stringify({ type: 'module', scripts }),
          '.npmrc': `script-shell=${marker}\n`,
          'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '*': ['./cli/main.ts'] } } }),
        });
      },
    ],
    [
      'brings attributes with a filter, an encoding and an expansion',
      (clone) => {
        write(clone, {
          '.gitattributes': '*.yaml filter=evil working-tree-encoding=UTF-8 ident eol=crlf export-ignore\n',
          'catalog/.gitattributes': '*.yaml filter=evil\n',
        });
      },
    ],
  ])(
    'fails with exit code 3 and the change in words, where a pull request %s',
    (_what, change) => {
      const outcome = gate((clone, marker) => {
        write(clone, { 'catalog/payments.yaml': widened });
        change(clone, marker);
      });
      expect(outcome).toEqual({
        status: 3,
        said: expect.stringContaining(
          'prod: consumer report of payments may now read prod/payments/orders-db',
        ) as string,
        ran: false,
      });
    },
    slow,
  );

  it.each<[string, RegExp, (clone: string, marker: string) => void]>([
    [
      'puts a link to the gate’s own catalog in its place',
      /leads through a symbolic link|is in no git repository/,
      (clone) => {
        rmSync(join(clone, 'catalog'), { recursive: true });
        symlinkSync('../gate/catalog', join(clone, 'catalog'));
      },
    ],
    [
      'puts a link to another folder in its place',
      /leads through a symbolic link/,
      (clone) => {
        git(clone, 'mv', 'catalog', 'other');
        symlinkSync('other', join(clone, 'catalog'));
      },
    ],
    [
      'puts a link to a file outside among the files',
      /payments\.yaml is a symbolic link that leads out of the folder/,
      (clone) => {
        rmSync(join(clone, 'catalog/payments.yaml'));
        symlinkSync('../../gate/catalog/payments.yaml', join(clone, 'catalog/payments.yaml'));
      },
    ],
    [
      'makes the folder a bare repository with commands in its configuration',
      /holds the files of a git repository itself/,
      (clone, marker) => {
        write(clone, {
          'catalog/HEAD': 'ref: refs/heads/main\n',
          'catalog/objects/keep': '',
          'catalog/refs/keep': '',
          'catalog/config': `[core]\n\tbare = false\n\tworktree = ..\n\tfsmonitor = "touch ${marker}"\n\trepositoryformatversion = 0\n`,
        });
      },
    ],
  ])(
    'fails and runs nothing where a pull request %s',
    (_what, message, change) => {
      const { status, said, ran } = gate(change);
      expect([status, ran]).toEqual([2, false]);
      expect(said).toMatch(message);
    },
    slow,
  );

  it(
    'fails where the merge is of another commit than the pull request was at',
    () => {
      const { status } = gate((clone) => {
        write(clone, { 'catalog/note.txt': 'x' });
      }, 'f'.repeat(40));
      expect(status).toBe(1);
    },
    slow,
  );
});

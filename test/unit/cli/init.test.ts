import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import manifest from '../../../package.json' with { type: 'json' };
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { type Surroundings, strongroom } from '../../_helpers/captured-host.ts';
import { today } from '../../_helpers/catalog-folder.ts';

const emptyFolder = (name = 'acme shop'): string => {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-init-')));
  onTestFinished(() => {
    rmSync(parent, { recursive: true, force: true });
  });
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
};

const init = (folder: string, args: readonly string[] = [], surroundings: Surroundings = {}) =>
  strongroom(['init', folder, ...args], surroundings);

const read = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8');
const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();
const snapshotOf = (folder: string): object =>
  Object.fromEntries(filesOf(folder).map((file) => [file, read(folder, file)]));

const own = ['--environment', 'dev=214365870912/eu-north-1', 'prod=563412907856/us-gov-west-1', '--email', 'a@acme.io'];

const all = [
  '.github/workflows/strongroom-deploy.yml',
  '.github/workflows/strongroom-pull-request.yml',
  '.gitignore',
  'bin/app.ts',
  'catalog/organisation.yaml',
  'catalog/shop.yaml',
  'cdk.json',
  'package.json',
  'tsconfig.json',
];

describe('strongroom init', () => {
  it('writes a repository with a valid catalog, and the next steps', async () => {
    const folder = emptyFolder();
    const { exitCode, stdout, stderr } = await init(folder, own);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(filesOf(folder)).toEqual(all);
    for (const file of all) expect(stdout).toContain(`created ${file}`);
    expect(stdout).toContain('npm install\n');
    expect(stdout).not.toContain('replace the examples');

    const { organisation, environments } = loadCatalog(join(folder, 'catalog'), { today });
    expect(organisation).toBe('acme-shop');
    expect(environments.map(({ name, account, region }) => [name, account, region])).toEqual([
      ['dev', '214365870912', 'eu-north-1'],
      ['prod', '563412907856', 'us-gov-west-1'],
    ]);
    expect(read(folder, 'catalog/organisation.yaml')).toContain(
      'arn:aws-us-gov:iam::563412907856:role/secret-operator',
    );
    expect(environments[0]?.applications.map(({ name }) => name)).toEqual(['shop']);
  });

  it('gives cdk.json the flags of the clone, and package.json the tested versions', async () => {
    const folder = emptyFolder();
    await init(folder, own);
    expect(JSON.parse(read(folder, 'cdk.json'))).toEqual({ ...cdkJson, app: 'node --import tsx bin/app.ts' });
    const tested = { ...manifest.devDependencies };
    expect(JSON.parse(read(folder, 'package.json'))).toMatchObject({
      private: true,
      dependencies: {
        'aws-cdk-lib': tested['aws-cdk-lib'],
        constructs: tested.constructs,
        strongroom: `^${manifest.version}`,
      },
      devDependencies: {
        '@strongroom/cli': `^${manifest.version}`,
        'aws-cdk': tested['aws-cdk'],
        tsx: tested.tsx,
        typescript: tested.typescript,
      },
    });
  });

  it('takes examples for what is not given; the catalog is valid, and validate names each of them', async () => {
    const folder = emptyFolder();
    const { exitCode, stdout } = await init(folder);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('replace the examples: account 111122223333 of dev, e-mail address oncall@example.com');
    const validated = await strongroom(['validate', '--catalog', join(folder, 'catalog'), '--json']);
    const { examples } = JSON.parse(validated.stdout) as { examples: { message: string }[] };
    expect(examples.map(({ message }) => message)).toEqual([
      'environments.dev.account is an example of AWS (111122223333); write the id of your account',
      'contacts.oncall.email is an example (oncall@example.com); write an address that someone reads',
    ]);
  });

  it('changes nothing when it runs again', async () => {
    const folder = emptyFolder();
    await init(folder, own);
    const before = snapshotOf(folder);
    const { exitCode, stdout } = await init(folder, own);
    expect({ exitCode, after: snapshotOf(folder) }).toEqual({ exitCode: 0, after: before });
    expect(stdout).toContain('Nothing to write.');
    expect(stdout).not.toContain('created');
  });

  it('writes nothing at all if one file exists and differs, and names every one', async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/app.ts'), '// mine\n');
    writeFileSync(join(folder, 'cdk.json'), '{}\n');
    const before = snapshotOf(folder);
    const { exitCode, stderr, stdout } = await init(folder, own);
    expect({ exitCode, stdout, after: snapshotOf(folder) }).toEqual({ exitCode: 2, stdout: '', after: before });
    expect(stderr).toContain('nothing was written: bin/app.ts, cdk.json exist and differ');
    const json = await init(folder, [...own, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'files-exist' } });
    expect(readdirSync(folder).sort()).toEqual(['bin', 'cdk.json']);
  });

  it.each(['catalog', 'bin', 'cdk.json', '.github'])('refuses a link in place of %s', async (name) => {
    const folder = emptyFolder();
    const elsewhere = emptyFolder('elsewhere');
    symlinkSync(elsewhere, join(folder, name));
    const { exitCode, stderr } = await init(folder, own);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(name);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('shows with --dry-run what it would write, and writes nothing', async () => {
    const folder = emptyFolder();
    const { exitCode, stdout } = await init(folder, [...own, '--dry-run', '--json']);
    const { files, dryRun } = JSON.parse(stdout) as { files: { path: string; result: string }[]; dryRun: boolean };
    expect({ exitCode, dryRun }).toEqual({ exitCode: 0, dryRun: true });
    expect(files.map(({ path }) => path).sort()).toEqual(all);
    expect(new Set(files.map(({ result }) => result))).toEqual(new Set(['would create']));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('completes package.json and .gitignore, and changes nothing of what they have', async () => {
    const folder = emptyFolder();
    const text = JSON.stringify(
      { name: 'mine', type: 'commonjs', dependencies: { zod: '4.0.0', 'aws-cdk-lib': '2.260.0' }, own: { key: [1] } },
      undefined,
      '\t',
    );
    writeFileSync(join(folder, 'package.json'), text);
    chmodSync(join(folder, 'package.json'), 0o640);
    writeFileSync(join(folder, '.gitignore'), 'dist\n/node_modules');
    const { exitCode, stdout } = await init(folder, own);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('changed package.json');
    expect(stdout).toContain(
      `kept package.json: aws-cdk-lib 2.260.0 (init writes ${manifest.devDependencies['aws-cdk-lib']})`,
    );
    const merged = read(folder, 'package.json');
    expect(JSON.parse(merged)).toMatchObject({
      name: 'mine',
      type: 'commonjs',
      own: { key: [1] },
      dependencies: { zod: '4.0.0', 'aws-cdk-lib': '2.260.0', strongroom: `^${manifest.version}` },
    });
    expect(JSON.parse(merged)).not.toHaveProperty('scripts');
    expect(merged).toContain('\n\t"name": "mine"');
    expect(merged.endsWith('}')).toBe(true);
    expect(statSync(join(folder, 'package.json')).mode & 0o777).toBe(0o640);
    expect(read(folder, '.gitignore')).toBe('dist\n/node_modules\ncdk.out/\n');
  });

  it.each(['{ "dependencies": ', '[]', '{ "dependencies": { "a": 1 } }'])(
    'refuses package.json %j, and writes nothing',
    async (text) => {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'package.json'), text);
      const { exitCode, stderr } = await init(folder, own);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('is not a valid package.json');
      expect(snapshotOf(folder)).toEqual({ 'package.json': text });
    },
  );

  it.each([
    [['--application', 'Shop'], '--application Shop: is not valid; write lower-case'],
    [['--organisation', 'a b'], '--organisation a b: is not valid; write lower-case'],
    [['--email', 'nobody'], '--email nobody: is not valid; write an address'],
    [['--owner', 'a\nb: c'], 'is not valid; write a team'],
    [['--branch', 'main; rm'], '--branch main; rm: is not valid; write the name of a branch'],
    [['--environment', 'dev'], '--environment dev: is not valid; write NAME=ACCOUNT/REGION'],
    [['--environment', 'dev=12/eu-west-1'], 'such as dev=111122223333/eu-west-1'],
    [['--environment', 'dev=111122223333/eu-west-1', 'dev=444455556666/eu-west-1'], 'dev is given twice'],
    [['--application', 'organisation'], 'nothing was written'],
  ])('refuses %j, and writes nothing', async (args, message) => {
    const folder = emptyFolder();
    const { exitCode, stderr } = await init(folder, args);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('asks on a terminal for what is not given, until the answer is valid', async () => {
    const folder = emptyFolder();
    const asked: string[] = [];
    const answers = ['12', '214365870912', '', 'me@acme.io'];
    const { exitCode, stderr } = await init(folder, [], {
      reply: (question) => {
        asked.push(question);
        return answers.shift();
      },
    });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([
      'AWS account of dev [111122223333]: ',
      'AWS account of dev [111122223333]: ',
      'Region of dev [eu-west-1]: ',
      'E-mail address for failed rotations [oncall@example.com]: ',
    ]);
    expect(stderr).toBe('Write the 12 digits of an account.\n');
    const [dev] = loadCatalog(join(folder, 'catalog'), { today }).environments;
    expect(dev).toMatchObject({ account: '214365870912', region: 'eu-west-1' });
  });

  it('writes nothing after Ctrl-C at a question, and asks nothing with --yes or --json', async () => {
    const folder = emptyFolder();
    const interrupted = await init(folder, [], { reply: () => undefined });
    expect(interrupted.exitCode).toBe(130);
    expect(interrupted.stderr).toBe('Interrupted: nothing was written.\n');
    expect(readdirSync(folder)).toEqual([]);
    const never = (): string => {
      throw new Error('asked');
    };
    expect((await init(folder, ['--json'], { reply: never })).exitCode).toBe(0);
    expect((await init(emptyFolder(), ['--yes'], { reply: never })).exitCode).toBe(0);
  });

  it('creates the folder that it is given', async () => {
    const parent = emptyFolder();
    const folder = join(parent, 'new/secrets');
    expect((await init(folder, [...own, '--dry-run'])).exitCode).toBe(0);
    expect(existsSync(join(parent, 'new'))).toBe(false);
    const { stdout } = await init(folder, own);
    expect(filesOf(folder)).toEqual(all);
    expect(stdout).toContain(`1. cd '${folder}'`);
  });
});

describe('the workflows of strongroom init', () => {
  interface Step {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
    readonly 'working-directory'?: string;
  }
  interface Workflow {
    readonly on: string | object;
    readonly permissions: object;
    readonly defaults?: object;
    readonly jobs: Record<string, { readonly permissions?: object; readonly steps: Step[] }>;
  }
  const workflow = (folder: string, name: string): Workflow =>
    parse(read(folder, `.github/workflows/strongroom-${name}.yml`)) as Workflow;

  it('pin every action to a commit, and keep no credentials of git', async () => {
    const folder = emptyFolder();
    await init(folder, own);
    for (const name of ['pull-request', 'deploy']) {
      const steps = Object.values(workflow(folder, name).jobs).flatMap((job) => job.steps);
      const uses = steps.filter((step) => step.uses !== undefined);
      expect(uses.length).toBeGreaterThan(0);
      for (const step of uses) expect(step.uses).toMatch(/@[0-9a-f]{40}$/);
      for (const step of uses.filter((one) => one.uses?.startsWith('actions/checkout@'))) {
        expect(step.with?.['persist-credentials']).toBe(false);
      }
    }
  });

  it('run only code of the target branch for a pull request, with read access alone', async () => {
    const folder = emptyFolder();
    await init(folder, own);
    const { on, permissions, jobs } = workflow(folder, 'pull-request');
    expect({ on, permissions }).toEqual({ on: 'pull_request_target', permissions: { contents: 'read' } });
    const runs = Object.values(jobs).flatMap((job) => job.steps.filter((step) => step.run !== undefined));
    const npm = runs.filter((step) => /\bnp[mx]\b/.test(step.run ?? ''));
    expect(npm.map((step) => step.run?.split(' ').slice(0, 4).join(' '))).toEqual([
      'npm ci --ignore-scripts',
      'npx --no-install strongroom validate',
      'npx --no-install strongroom deploy-plan',
      'npx --no-install strongroom access',
    ]);
    for (const step of npm) expect(step['working-directory']).toBe('gate');
  });

  it('give credentials of AWS to the deploying job only', async () => {
    const folder = emptyFolder();
    await init(folder, [...own, '--branch', 'release/v2']);
    const { permissions, jobs, on } = workflow(folder, 'deploy');
    expect(permissions).toEqual({});
    expect(on).toMatchObject({ push: { branches: ['release/v2'] } });
    expect(
      Object.entries(jobs)
        .filter(([, job]) => JSON.stringify(job).includes('id-token'))
        .map(([name]) => name),
    ).toEqual(['deploy']);
  });

  it('stand at the top of the repository, and work in the folder of the catalog', async () => {
    const top = emptyFolder();
    mkdirSync(join(top, '.git'));
    const folder = join(top, 'platform/secrets');
    const { stdout } = await init(folder, own);
    expect(stdout).toContain('created ../../.github/workflows/strongroom-deploy.yml');
    expect(filesOf(folder)).toEqual(all.filter((file) => !file.startsWith('.github')));
    const { jobs } = workflow(top, 'pull-request');
    const checks = Object.values(jobs).flatMap(({ steps }) => steps.filter(({ run }) => run?.includes('strongroom')));
    expect(checks).toHaveLength(3);
    for (const step of checks) {
      expect(step['working-directory']).toBe('gate/platform/secrets');
      expect(step.run).toContain('--catalog ../../../change/platform/secrets/catalog');
    }
    expect(workflow(top, 'deploy').defaults).toEqual({ run: { 'working-directory': 'platform/secrets' } });
  });
});

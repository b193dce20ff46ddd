/** The package @strongroom/cli as a user installs it, and a repository that `strongroom init` started. */
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import manifest from '../../../cli/package.json' with { type: 'json' };
import { npmInstall, packed } from '../../_helpers/packed.ts';

let above: string;
/** Where nothing but the command is installed; the space is deliberate. */
let alone: string;

/** A name with a space, as on many a laptop. */
const folderNamed = async (name: string): Promise<string> => {
  const folder = path.join(above, name);
  await mkdir(folder, { recursive: true });
  return folder;
};

beforeAll(async () => {
  above = await realpath(await mkdtemp(path.join(tmpdir(), 'strongroom-cli-')));
  alone = await folderNamed('only the command');
  await npmInstall(alone, [await packed('cli')]);
});

afterAll(async () => {
  await rm(above, { recursive: true, force: true });
});

interface Answer {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const run = async (cwd: string, file: string, ...args: string[]): Promise<Answer> => {
  const { exitCode, stdout, stderr } = await execa(file, args, {
    cwd,
    reject: false,
    env: { NO_COLOR: '1', AWS_REGION: '', COLUMNS: '', STRONGROOM_DEBUG: '1' },
  });
  return { exitCode, stdout, stderr };
};

/** The installed command. */
const strongroom = (cwd: string, ...args: string[]): Promise<Answer> =>
  run(cwd, path.join(alone, 'node_modules/.bin/strongroom'), ...args);

describe('@strongroom/cli alone', () => {
  it('installs itself and nothing else: no tsx, no CDK, no SDK', async () => {
    const modules = await readdir(path.join(alone, 'node_modules'));
    expect(modules.filter((name) => !name.startsWith('.'))).toEqual(['@strongroom']);
    expect(await readdir(path.join(alone, 'node_modules/@strongroom'))).toEqual(['cli']);
    const files = await readdir(path.join(alone, 'node_modules/@strongroom/cli'), { recursive: true });
    expect(files.filter((file) => file.endsWith('.ts'))).toEqual([]);
    expect(files).toContain('THIRD-PARTY-NOTICES');
  });

  it('weighs a few megabytes', async () => {
    const folder = path.join(alone, 'node_modules/@strongroom/cli');
    const files = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(files.map(async (file) => (await stat(path.join(folder, file))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(6_000_000);
  });

  it('contains the licence of every library in its bundle', async () => {
    const notices = await readFile(path.join(alone, 'node_modules/@strongroom/cli/THIRD-PARTY-NOTICES'), 'utf8');
    const libraries = Object.keys(manifest.dependencies);
    expect(libraries.length).toBeGreaterThan(5);
    expect(libraries.filter((name) => !notices.includes(`${name} `))).toEqual([]);
    for (const notice of notices.split(`${'-'.repeat(80)}\n`)) expect(notice).toMatch(/permission|copyright|licen/i);
  });

  it('has the version of its own manifest, also by npx', async () => {
    expect(await strongroom(alone, '--version')).toMatchObject({ exitCode: 0, stdout: manifest.version, stderr: '' });
    expect(await run(alone, 'npx', '--no-install', 'strongroom', '--version')).toMatchObject({
      exitCode: 0,
      stdout: manifest.version,
    });
  });

  it('has help for every verb', async () => {
    const { stdout } = await strongroom(alone, '--help');
    const verbs = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) (?:\[options\]|\[command\])/gm)].map(
      ([, verb]) => verb ?? '',
    );
    expect(verbs).toEqual(expect.arrayContaining(['init', 'validate', 'deploy-plan', 'repair']));
    for (const verb of verbs.filter((name) => name !== 'help')) {
      expect(await strongroom(alone, verb, '--help')).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  it('checks the example catalog, and draws and lists its access', async () => {
    const catalog = path.resolve('catalog');
    expect(await strongroom(alone, 'validate', '--catalog', catalog)).toMatchObject({ exitCode: 0, stderr: '' });
    const { stdout } = await strongroom(alone, 'access', '--catalog', catalog, '--json');
    expect((JSON.parse(stdout) as { access: unknown[] }).access.length).toBeGreaterThan(10);
    expect(await strongroom(alone, 'generate', '--catalog', catalog)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readdir(path.join(alone, 'strongroom'))).toEqual(expect.arrayContaining(['payments.ts']));
  });

  it('refuses what needs another package, and names it', async () => {
    const deployer = ['--deployer', 'arn:aws:iam::111122223333:role/deployer'];
    const bootstrap = await strongroom(alone, 'bootstrap-template', ...deployer);
    expect(bootstrap).toMatchObject({ exitCode: 2, stdout: '' });
    expect(bootstrap.stderr).toContain('npm install --save-dev aws-cdk');
  });

  it('loads the clients of AWS: without credentials it says so', async () => {
    const { exitCode, stdout } = await execa(
      path.join(alone, 'node_modules/.bin/strongroom'),
      ['rotate', 'dev/payments/orders-db', '--region', 'eu-west-1', '--json'],
      {
        cwd: alone,
        reject: false,
        extendEnv: false,
        env: { PATH: process.env['PATH'], HOME: alone, AWS_EC2_METADATA_DISABLED: 'true' },
      },
    );
    expect({ exitCode, ...(JSON.parse(stdout) as object) }).toMatchObject({
      exitCode: 2,
      error: { code: 'no-credentials' },
    });
  });
});

describe('a repository that strongroom init started', () => {
  let folder: string;
  const npx = (...args: string[]): Promise<Answer> => run(folder, 'npx', '--no-install', ...args);
  const git = (...args: string[]): Promise<Answer> =>
    run(folder, 'git', '-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args);
  const commit = async (): Promise<void> => {
    await git('add', '.');
    expect(await git('commit', '-qm', 'a change')).toMatchObject({ exitCode: 0 });
  };
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const target = path.join(folder, file);
    const text = await readFile(target, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(target, changed);
  };

  beforeAll(async () => {
    folder = await folderNamed('own repository');
    await git('init', '-q');
    const environments = ['dev=214365870912/eu-north-1', 'prod=563412907856/eu-north-1'];
    const started = await strongroom(folder, 'init', '--environment', ...environments, '--email', 'oncall@acme.io');
    expect(started).toMatchObject({ exitCode: 0, stderr: '' });
    await npmInstall(folder, [await packed('strongroom'), await packed('cli')]);
    await commit();
  });

  it('has a valid catalog and types that compile', async () => {
    const validated = await npx('strongroom', 'validate');
    expect(validated).toMatchObject({ exitCode: 0, stderr: '' });
    expect(validated.stdout).not.toContain('Replace before you deploy');
    expect(await npx('strongroom', 'access')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await npx('tsc')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('refers to schemas that are installed', async () => {
    for (const file of ['organisation', 'shop']) {
      const [, schema = ''] =
        /\$schema=(\S+)/.exec(await readFile(path.join(folder, `catalog/${file}.yaml`), 'utf8')) ?? [];
      expect((await stat(path.join(folder, 'catalog', schema))).isFile()).toBe(true);
    }
  });

  it('names pages that are installed', async () => {
    const texts = await Promise.all(
      ['organisation', 'shop'].map((file) => readFile(path.join(folder, `catalog/${file}.yaml`), 'utf8')),
    );
    const pages = texts.flatMap((text) => text.match(/node_modules\/strongroom\/docs\/[a-z-]+\.md/g) ?? []);
    expect(pages.length).toBeGreaterThan(2);
    for (const page of [...pages, 'node_modules/strongroom/docs/starting.md']) {
      expect((await stat(path.join(folder, page))).isFile()).toBe(true);
    }
  });

  it('writes what an application may read as TypeScript', async () => {
    expect(await npx('strongroom', 'generate', '--out', 'generated')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(path.join(folder, 'generated/shop.ts'), 'utf8')).toContain('session-key');
    await rm(path.join(folder, 'generated'), { recursive: true });
  });

  it('synthesises the stacks of every environment', async () => {
    expect(await npx('cdk', 'synth', '--quiet')).toMatchObject({ exitCode: 0 });
    const stacks = await npx('cdk', 'list', '--app', 'cdk.out');
    const names = stacks.stdout.split('\n').map((line) => line.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(['dev/foundation', 'dev/shop', 'prod/shop']));
  });

  it('plans a change of its catalog with its own app, and tells what it widens', async () => {
    await edit('bin/app.ts', () =>
      [
        `import { CfnOutput, CfnWaitConditionHandle, Stack } from 'aws-cdk-lib';`,
        `import { type CatalogSecret, synthCatalog } from 'strongroom';`,
        `const names = (secrets: readonly CatalogSecret[]): string => secrets.map(({ fullName }) => fullName).join(' ');`,
        `synthCatalog({`,
        `  extend: (app, { environments: [first] }) => {`,
        `    const stack = new Stack(app, 'own-names');`,
        `    new CfnWaitConditionHandle(stack, 'Handle');`,
        `    const secrets = first?.applications.flatMap((application) => application.secrets) ?? [];`,
        `    new CfnOutput(stack, 'Names', { value: names(secrets) });`,
        `    new CfnOutput(stack, 'Count', { value: String(secrets.length) });`,
        `  },`,
        `});`,
        '',
      ].join('\n'),
    );
    expect(await npx('tsc')).toMatchObject({ exitCode: 0, stdout: '' });
    await commit();
    await edit('catalog/shop.yaml', (text) =>
      text
        .replace('api: { runsOn: lambda }', 'api: { runsOn: lambda }\n  report: { runsOn: ecs }')
        .replace('readers: [api]', 'readers: [api, report]'),
    );
    const plan = await npx('strongroom', 'deploy-plan', '--since', 'HEAD', '--json');
    expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
    const { stacks } = JSON.parse(plan.stdout) as { stacks: { stack: string; state: string }[] };
    const states = Object.fromEntries(stacks.map(({ stack, state }) => [stack, state]));
    expect(states).toMatchObject({ 'strongroom-dev-shop': 'changed', 'own-names': 'unchanged' });

    const diff = await npx('strongroom', 'access', '--diff', 'HEAD');
    expect(diff.exitCode).toBe(3);
    expect(diff.stdout).toContain('prod: consumer report of shop may now read prod/shop/session-key');
    await git('checkout', '-q', '.');
  });

  it('is refused a change that loses a live secret', async () => {
    await edit('catalog/shop.yaml', (text) => text.replace('session-key:', 'cookie-key:'));
    const { exitCode, stderr } = await npx('strongroom', 'deploy-plan');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('prod/shop/session-key');
    await git('checkout', '-q', '.');
  });

  it('is refused a plan if its app does not read the catalog that it is told to', async () => {
    await edit('bin/app.ts', () =>
      [
        `import { App } from 'aws-cdk-lib';`,
        `import { addEnvironments, loadCatalog } from 'strongroom';`,
        `const app = new App();`,
        `addEnvironments(app, loadCatalog('catalog'));`,
        '',
      ].join('\n'),
    );
    const { exitCode, stdout } = await npx('strongroom', 'deploy-plan', '--json');
    expect({ exitCode, ...(JSON.parse(stdout) as object) }).toMatchObject({
      exitCode: 2,
      error: { code: 'app-catalog-fixed' },
    });
    await git('checkout', '-q', '.');
  });

  it('stays as it is when init runs again', async () => {
    await edit('bin/app.ts', () => '');
    const refused = await strongroom(folder, 'init', '--yes');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('bin/app.ts');
    await git('checkout', '-q', '.');
    expect((await git('status', '--porcelain')).stdout).toBe('');
  });
});

describe('strongroom init under a umask', () => {
  it('writes files that only their owner reads, if the umask says so', async () => {
    const folder = await folderNamed('closed');
    const command = path.join(alone, 'node_modules/.bin/strongroom');
    await execa('/bin/sh', ['-c', 'umask 077 && "$0" init . --yes', command], { cwd: folder });
    for (const file of ['package.json', 'catalog/shop.yaml', 'bin/app.ts']) {
      expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('starts a CommonJS package too', async () => {
    const folder = await folderNamed('commonjs');
    await writeFile(path.join(folder, 'package.json'), '{ "name": "mine", "type": "commonjs" }\n');
    expect(await strongroom(folder, 'init', '--yes')).toMatchObject({ exitCode: 0 });
    await npmInstall(folder, [await packed('strongroom'), await packed('cli')]);
    expect(await run(folder, 'npx', '--no-install', 'cdk', 'synth', '--quiet')).toMatchObject({ exitCode: 0 });
  });
});

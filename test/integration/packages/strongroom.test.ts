/** The package `strongroom`, packed and installed as users do, in an app outside of the clone. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { execa } from 'execa';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { DetectionTable } from '../../../lib/contract/index.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { npmInstall, packed } from '../../_helpers/packed.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const { devDependencies, peerDependencies } = manifest;
/** The ends of the peer ranges: the first version of each range, and the newest that the clone is tested with. */
const lowest = { cdk: peerDependencies['aws-cdk-lib'].slice(1), constructs: peerDependencies.constructs.slice(1) };
const newest = { cdk: devDependencies['aws-cdk-lib'], constructs: devDependencies.constructs };
const jest = '30.5.2';

let folder: string;
let assembly: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strongroom-package-'));
  await writeFile(path.join(folder, 'authority.pem'), rootCertificates[0]!);
  const tarball = await packed('strongroom');
  for (const [name, { cdk, constructs }] of Object.entries({ lowest, newest })) {
    const own = path.join(folder, name);
    await mkdir(own);
    await cp(path.join(root, 'catalog'), path.join(own, 'catalog'), { recursive: true });
    await cp(path.join(import.meta.dirname, 'foreign-app.ts'), path.join(own, 'app.ts'));
    await npmInstall(own, [tarball, `aws-cdk-lib@${cdk}`, `constructs@${constructs}`]);
  }
  const tools = ['typescript', '@types/node'] as const;
  await npmInstall(path.join(folder, 'lowest'), [
    ...tools.map((name) => `${name}@${devDependencies[name]}`),
    `jest@${jest}`,
  ]);
  assembly = path.join(folder, 'clone.out');
  await synth(path.join(folder, 'newest'), 'tsx', [path.join(import.meta.dirname, 'foreign-app.ts')], assembly);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs an app with the feature flags that the package recommends. */
const synth = async (own: string, program: string, args: readonly string[], outdir: string): Promise<void> => {
  const flags = JSON.parse(await readFile(path.join(own, 'node_modules/strongroom/cdk.json'), 'utf8')) as {
    context: object;
  };
  await execa(program, args, {
    cwd: own,
    preferLocal: true,
    localDir: root,
    env: {
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify(flags.context),
      AUTHORITY: path.join(folder, 'authority.pem'),
    },
  });
};

/** Every template and asset of an assembly: templates by their text, assets by their names, which contain their hashes. */
const contentsOf = async (outdir: string): Promise<Record<string, unknown>> => {
  const names = (await readdir(outdir)).filter((name) => /\.template\.json$|^asset\./.test(name)).sort();
  const contents = names.map(async (name) => [
    name,
    name.endsWith('.json') ? (JSON.parse(await readFile(path.join(outdir, name), 'utf8')) as unknown) : 'asset',
  ]);
  return Object.fromEntries(await Promise.all(contents)) as Record<string, unknown>;
};

/** The app as JavaScript. */
const transpile = async (file: string, module: ts.ModuleKind): Promise<void> => {
  const source = await readFile(path.join(import.meta.dirname, 'foreign-app.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } });
  await writeFile(file, outputText);
};

describe('an app outside of the clone', () => {
  it('installs no driver, no SDK, no esbuild', async () => {
    const modules = await readdir(path.join(folder, 'newest', 'node_modules'));
    expect(modules.filter((name) => !name.startsWith('.')).sort()).toEqual(
      ['@aws-cdk', 'aws-cdk-lib', 'constructs', 'strongroom', ...Object.keys(manifest.dependencies)].sort(),
    );
  });

  it('synthesises what the clone does, as a CommonJS app with the lowest aws-cdk-lib', async () => {
    const own = path.join(folder, 'lowest');
    await transpile(path.join(own, 'app.cjs'), ts.ModuleKind.CommonJS);
    expect(await readFile(path.join(own, 'app.cjs'), 'utf8')).toContain('require("strongroom")');
    const outdir = path.join(own, 'cdk.out');
    await synth(own, process.execPath, ['app.cjs'], outdir);
    expect(await contentsOf(outdir)).toEqual(await contentsOf(assembly));
  });

  it('synthesises what the clone does, as an app of ES modules with the newest aws-cdk-lib', async () => {
    const own = path.join(folder, 'newest');
    await transpile(path.join(own, 'app.mjs'), ts.ModuleKind.ESNext);
    const outdir = path.join(own, 'cdk.out');
    await synth(own, process.execPath, ['app.mjs'], outdir);
    expect(await contentsOf(outdir)).toEqual(await contentsOf(assembly));
  });

  it('synthesises the catalog with the app of the package', async () => {
    const own = path.join(folder, 'newest');
    const { app } = JSON.parse(await readFile(path.join(own, 'node_modules/strongroom/cdk.json'), 'utf8')) as {
      app: string;
    };
    const [program = '', ...args] = app.split(' ');
    const outdir = path.join(own, 'app.out');
    await synth(own, program, args, outdir);
    const { 'Lab.template.json': _, ...ofCatalog } = await contentsOf(assembly);
    const templates = Object.entries(ofCatalog).filter(([name]) => name.endsWith('.json'));
    expect(await contentsOf(outdir)).toMatchObject(Object.fromEntries(templates));
  });

  it('puts authorities of its own next to a prebuilt function', async () => {
    const outdir = path.join(folder, 'newest', 'cdk.out');
    const files = await readdir(outdir, { recursive: true });
    const added = files.filter((file) => path.basename(file) === 'certificate-authorities.pem');
    expect(added).toHaveLength(1);
    expect(files).toContain(path.join(path.dirname(added[0]!), 'index.mjs'));
  });

  it('can be tested with Jest', async () => {
    const own = path.join(folder, 'lowest');
    await writeFile(
      path.join(own, 'own.test.js'),
      `const { App, Stack } = require('aws-cdk-lib');
       const { Template } = require('aws-cdk-lib/assertions');
       const { DatabaseRotation } = require('strongroom');
       test('has a rotation function', () => {
         const stack = new Stack(new App(), 'Test', { env: { account: '444455556666', region: 'eu-west-1' } });
         new DatabaseRotation(stack, 'Rotation', { environment: 'lab', engine: 'mysql', encryptionKeys: [] });
         Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'strongroom-lab-rotation-mysql' });
       });`,
    );
    const { exitCode, stderr } = await execa('node', ['node_modules/jest/bin/jest.js', 'own.test.js', '--ci'], {
      cwd: own,
      reject: false,
    });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  });

  /** The declarations of CDK are checked each time, so these are few. */
  it.each([
    ['commonjs', 'node10', '--ignoreDeprecations', '6.0'],
    ['node16', 'node16', '--skipLibCheck', 'false'],
    ['preserve', 'bundler'],
  ])('compiles with module %s and moduleResolution %s', async (module, resolution, ...more) => {
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--types', 'node', '--target', 'es2022'];
    const { stdout } = await execa(
      'node',
      [
        'node_modules/typescript/bin/tsc',
        '--ignoreConfig',
        ...[...options, '--module', module, '--moduleResolution', resolution, ...more, 'app.ts'],
      ],
      { cwd: path.join(folder, 'lowest'), reject: false },
    );
    expect(stdout).toBe('');
  });
});

describe('the package', () => {
  const inPackage = (...names: readonly string[]): string =>
    path.join(folder, 'newest/node_modules/strongroom', ...names);

  it('contains what is published and no source', async () => {
    expect((await readdir(inPackage())).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'cdk.json',
      'docs',
      'lambdas',
      'lib',
      'package.json',
      'schema',
    ]);
    const files = await readdir(inPackage(), { recursive: true });
    expect(files.filter((file) => /(?<!\.d)\.[cm]?ts$/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['schema/application.schema.json', 'docs/catalog.md']));
  });

  it('contains every function, which plain Node loads', async () => {
    const sources = await readdir(path.join(root, 'lambdas'), { withFileTypes: true, recursive: true });
    const entries = sources
      .filter(
        ({ name, parentPath }) => name === 'handler.ts' && path.dirname(parentPath) === path.join(root, 'lambdas'),
      )
      .map(({ parentPath }) => path.basename(parentPath));
    expect((await readdir(inPackage('lambdas'))).sort()).toEqual(entries.sort());
    const main = `
      const [folder, ...entries] = process.argv.slice(1);
      const loaded = {};
      for (const entry of entries) {
        process.env.STRONGROOM_ENGINE = entry.replace('rotation-', '');
        loaded[entry] = await import(folder + '/' + entry + '/index.mjs').then(
          ({ handler }) => typeof handler,
          (error) => error.message,
        );
      }
      console.log(JSON.stringify(loaded));`;
    const table = path.join(folder, 'detections.json');
    await writeFile(table, JSON.stringify(detectionTable));
    const { stdout } = await execa('node', ['--input-type=module', '-e', main, inPackage('lambdas'), ...entries], {
      env: { ...functionEnvironment, STRONGROOM_DETECTION_TABLE: table },
    });
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(entries.map((entry) => [entry, 'function'])));
  });

  it('names no path of the machine that built it', async () => {
    const files = (await readdir(inPackage(), { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    const named: string[] = [];
    for (const { parentPath, name } of files) {
      const text = await readFile(path.join(parentPath, name), 'utf8');
      if (text.includes(root) || text.includes(process.cwd())) named.push(name);
    }
    expect(files.length).toBeGreaterThan(100);
    expect(named).toEqual([]);
  });

  it('has pages whose links lead to files in it', async () => {
    const pages = (await readdir(inPackage(), { recursive: true })).filter((file) => file.endsWith('.md'));
    expect(pages.length).toBeGreaterThan(20);
    const files = new Set(await readdir(inPackage(), { recursive: true }));
    const broken: string[] = [];
    for (const page of pages) {
      const text = (await readFile(inPackage(page), 'utf8')).replace(/^```[^]*?^```/gm, '');
      for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        if (!files.has(path.join(path.dirname(page), target).replace(/\/$/, ''))) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });
});

/** What the functions read when they start. */
const queueOf = (name: string): string => `https://sqs.eu-west-1.amazonaws.com/111122223333/${name}`;

const functionEnvironment = {
  AWS_REGION: 'eu-west-1',
  STRONGROOM_ENVIRONMENT: 'lab',
  STRONGROOM_AUDIT_DESTINATIONS: JSON.stringify([{ name: 'siem', queueUrl: queueOf('siem'), raw: false }]),
  STRONGROOM_AUDIT_DESTINATION: JSON.stringify({
    name: 'siem',
    type: 'splunk-hec',
    url: 'https://siem.example.com:8088',
    index: 'secrets',
    sourceType: 'ocsf',
    view: 'ocsf',
    raw: false,
  }),
  STRONGROOM_AUDIT_SECRET: 'lab/strongroom/siem',
  STRONGROOM_AUDIT_QUEUE: queueOf('audit'),
  STRONGROOM_AUDIT_DEAD_LETTERS: queueOf('dead-letters'),
  STRONGROOM_AUDIT_QUARANTINE: queueOf('quarantine'),
  STRONGROOM_AUDIT_LEDGER: 'ledger',
  STRONGROOM_AUDIT_FILES: JSON.stringify({
    bucket: 'trail-files',
    account: '111122223333',
    regions: ['eu-west-1'],
    secrets: ['arn:aws:secretsmanager:eu-west-1:111122223333:secret:lab/'],
  }),
  STRONGROOM_DETECTION_STATE: 'detections',
  STRONGROOM_ALERT_TOPIC: 'arn:aws:sns:eu-west-1:111122223333:alerts',
  STRONGROOM_RUNBOOKS: 'docs/runbooks',
  STRONGROOM_PAGERDUTY_CONTACTS: '[]',
  STRONGROOM_PAGERDUTY_QUEUE: queueOf('pagerduty'),
  STRONGROOM_PAGERDUTY_DEAD_LETTERS: queueOf('pagerduty-dead-letters'),
};

const detectionTable: DetectionTable = {
  access: {
    environment: 'lab',
    account: '111122223333',
    production: false,
    roles: [],
    secrets: {},
    auditResources: [],
  },
  suppressions: [],
  topics: {},
};

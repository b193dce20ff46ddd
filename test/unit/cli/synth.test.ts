/** The app in a process of its own: what it writes is read, what it says is told, and it ends when nobody waits for it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished, test, vi } from 'vitest';
import { appStart, type AppStartOptions } from '../../../cli/adapters/app-start.ts';
import { synthesise, type SynthOptions } from '../../../cli/adapters/synth.ts';
import { patience } from '../../_helpers/patience.ts';

const folderWith = (app: string): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-app-')));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context: { own: 'flag' } }));
  return folder;
};

/** Writes an assembly without stacks, and says which catalog it is of. */
const empty = (catalog: string): string => `
  writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', JSON.stringify({ artifacts: {} }));
  writeFileSync(process.env.CDK_OUTDIR + '/strongroom.json', JSON.stringify({ catalog: ${catalog} }));`;
const asTold = `JSON.parse(process.env.CDK_CONTEXT_JSON).catalog`;

/** An app in place of the repository's; `outdir` is known once it is started. */
const standIn = (code: string, command = 'node app.mjs') => {
  const cwd = folderWith(command);
  writeFileSync(join(cwd, 'app.mjs'), `import { writeFileSync } from 'node:fs';\n${code}\n`);
  const known = { cwd, outdir: '' };
  const start = ({ outdir }: AppStartOptions) => {
    known.outdir = outdir;
    return appStart({ outdir, catalog: 'some/catalog', app: cwd });
  };
  return { known, start };
};

const neverEnds = `writeFileSync('pid', String(process.pid)); setInterval(() => undefined, 1000);`;

const run = (start: SynthOptions['start'], options: Partial<SynthOptions> = {}) =>
  synthesise('some/catalog', {
    whose: 'catalog of HEAD',
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    ...(start && { start }),
    ...options,
  });

test('reads the template of each stack by its name, and removes the folder', async () => {
  const { known, start } = standIn(`${empty(asTold)}
    const at = (file) => process.env.CDK_OUTDIR + '/' + file;
    writeFileSync(at('one.template.json'), JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } } }));
    const properties = { templateFile: 'one.template.json', stackName: 'strongroom-dev-one' };
    const artifacts = { one: { type: 'aws:cloudformation:stack', properties }, tree: { type: 'cdk:tree' } };
    writeFileSync(at('manifest.json'), JSON.stringify({ artifacts }));`);
  expect(await run(start)).toEqual(
    new Map([['strongroom-dev-one', { Resources: { Topic: { Type: 'AWS::SNS::Topic' } } }]]),
  );
  expect(existsSync(known.outdir)).toBe(false);
});

test.each([
  {
    name: 'what it says, with the catalog called what the user knows',
    code: `console.error('${resolve('some/catalog')}/orders.yaml:3:1 is wrong'); process.exitCode = 2;`,
    message: 'catalog of HEAD does not synthesise:\ncatalog of HEAD/orders.yaml:3:1 is wrong',
  },
  {
    name: 'its exit code where it says nothing',
    code: 'process.exitCode = 7;',
    message: 'catalog of HEAD does not synthesise:\nthe app ended with 7',
  },
  {
    name: 'the signal that ended it',
    code: `process.kill(process.pid, 'SIGKILL');`,
    message: 'catalog of HEAD does not synthesise:\nthe app ended with SIGKILL',
  },
])('an app that fails is told with $name', async ({ code, message }) => {
  const { known, start } = standIn(code);
  await expect(run(start)).rejects.toMatchObject({ code: 'synth-failed', exitCode: 2, message });
  expect(existsSync(known.outdir)).toBe(false);
});

test('an app that does not end in time is ended, and the message says how to allow more', async () => {
  const { known, start } = standIn(neverEnds);
  await expect(run(start, { timeoutMs: 1000 })).rejects.toMatchObject({
    code: 'synth-slow',
    exitCode: 1,
    message: 'catalog of HEAD has not synthesised within 1 s: allow more by --timeout',
  });
  expect(existsSync(known.outdir)).toBe(false);
});

test.each(['node app.mjs', 'env -u NONE node app.mjs && true'])(
  'Ctrl-C ends %j before its folder is removed',
  async (command) => {
    const { known, start } = standIn(neverEnds, command);
    const interrupt = new AbortController();
    const interrupted = run(start, { signal: interrupt.signal });
    const pid = await vi.waitFor(() => {
      const text = readFileSync(join(known.cwd, 'pid'), 'utf8');
      expect(text).not.toBe('');
      return Number(text);
    }, patience);
    interrupt.abort();
    expect(await interrupted).toBeUndefined();
    // A zombie has ended; who collects it is the machine's business.
    expect(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()).toMatch(/^(Z.*)?$/);
    expect(existsSync(known.outdir)).toBe(false);
  },
);

test('an app that a shell command starts is read like another', async () => {
  const { start } = standIn(empty(asTold), 'TOLD=yes node app.mjs && true');
  expect(await run(start)).toEqual(new Map());
});

test.each([
  {
    app: 'reads a folder of its own',
    code: empty(`'/of/its/own'`),
    message: 'the app of cdk.json reads the catalog /of/its/own, so',
  },
  {
    app: 'does not say what it reads',
    code: `writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', JSON.stringify({ artifacts: {} }));`,
    message: 'the app of cdk.json does not say which catalog it reads, so',
  },
])('an app that $app is refused: two plans of one catalog would hide every loss', async ({ code, message }) => {
  const { known, start } = standIn(code);
  await expect(run(start)).rejects.toMatchObject({
    code: 'app-catalog-fixed',
    exitCode: 2,
    message: expect.stringContaining(message) as string,
  });
  expect(existsSync(known.outdir)).toBe(false);
});

describe('the app of cdk.json', () => {
  it('of the repository is started without bundling', () => {
    const { command, env } = appStart({ outdir: '/out', catalog: 'some/catalog' });
    const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app: string; context: object };
    expect(command).toEqual([process.execPath, ...cdk.app.split(' ').slice(1)]);
    expect(env['CDK_OUTDIR']).toBe('/out');
    expect(JSON.parse(env['CDK_CONTEXT_JSON'] ?? '')).toEqual({
      ...cdk.context,
      'aws:cdk:bundling-stacks': [],
      catalog: resolve('some/catalog'),
    });
  });

  it('of the current folder is started there, with its flags and what it has looked up', () => {
    const folder = folderWith('npx tsx "bin/my app.ts"');
    writeFileSync(join(folder, 'cdk.context.json'), JSON.stringify({ 'vpc-provider:1': { vpcId: 'vpc-1' } }));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const { command, cwd, env } = appStart({ outdir: '/out', bundle: true });
    expect({ command, cwd }).toEqual({ command: ['/bin/sh', '-c', 'npx tsx "bin/my app.ts"'], cwd: folder });
    expect(JSON.parse(env['CDK_CONTEXT_JSON'] ?? '')).toEqual({ own: 'flag', 'vpc-provider:1': { vpcId: 'vpc-1' } });
  });

  it.each([
    ['{ "context": {} }', 'names no app'],
    ['{ "app": ', 'is not valid JSON'],
  ])('is refused if cdk.json is %s', (text, message) => {
    const folder = folderWith('node app.mjs');
    writeFileSync(join(folder, 'cdk.json'), text);
    expect(() => appStart({ outdir: '/out', app: folder })).toThrow(message);
  });
});

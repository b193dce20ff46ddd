/** The app in a process of its own: what it writes is read, what it says is told, and it ends when nobody waits for it. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { appStart, type AppStartOptions } from '../../../cli/adapters/app-start.ts';
import { synthesise, type SynthOptions } from '../../../cli/adapters/synth.ts';
import { patience } from '../../_helpers/patience.ts';

/** An app in place of the repository's; `outdir` is known once it is started. */
const standIn = (code: string) => {
  const cwd = mkdtempSync(join(tmpdir(), 'strongroom-app-'));
  onTestFinished(() => {
    rmSync(cwd, { recursive: true, force: true });
  });
  writeFileSync(join(cwd, 'app.mjs'), `import { writeFileSync } from 'node:fs';\n${code}\n`);
  const known = { cwd, outdir: '' };
  const start = ({ outdir }: AppStartOptions) => {
    known.outdir = outdir;
    return { options: [], script: 'app.mjs', cwd, env: { CDK_OUTDIR: outdir } };
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
  const { known, start } = standIn(`
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
  await expect(run(start)).rejects.toMatchObject({ code: 'SYNTH_FAILED', exitCode: 2, message });
  expect(existsSync(known.outdir)).toBe(false);
});

test('an app that does not end in time is ended, and the message says how to allow more', async () => {
  const { known, start } = standIn(neverEnds);
  await expect(run(start, { timeoutMs: 1000 })).rejects.toMatchObject({
    code: 'SYNTH_SLOW',
    exitCode: 1,
    message: 'catalog of HEAD has not synthesised within 1 s: allow more by --timeout',
  });
  expect(existsSync(known.outdir)).toBe(false);
});

test('Ctrl-C ends the app before its folder is removed', async () => {
  const { known, start } = standIn(neverEnds);
  const interrupt = new AbortController();
  const interrupted = run(start, { signal: interrupt.signal });
  const pid = await vi.waitFor(() => {
    const text = readFileSync(join(known.cwd, 'pid'), 'utf8');
    expect(text).not.toBe('');
    return Number(text);
  }, patience);
  interrupt.abort();
  expect(await interrupted).toBeUndefined();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  expect(existsSync(known.outdir)).toBe(false);
});

test('the app of the repository is started as cdk.json has it, without bundling', () => {
  const { options, script, env } = appStart({ outdir: '/out', catalog: 'some/catalog' });
  const cdk = JSON.parse(readFileSync('cdk.json', 'utf8')) as { app: string; context: object };
  expect(['node', ...options, script].join(' ')).toBe(cdk.app);
  expect(env['CDK_OUTDIR']).toBe('/out');
  expect(JSON.parse(env['CDK_CONTEXT_JSON'] ?? '')).toEqual({
    ...cdk.context,
    'aws:cdk:bundling-stacks': [],
    catalog: resolve('some/catalog'),
  });
});

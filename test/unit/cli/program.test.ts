import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';

import { reportError } from '../../../cli/terminal/errors.ts';
import { processHost } from '../../../cli/terminal/host.ts';
import manifest from '../../../cli/package.json' with { type: 'json' };
import { strongroom } from '../../_helpers/captured-host.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('strongroom', () => {
  it.each([[[]], [['--help']], [['help']]])('teaches with examples on %j', async (args) => {
    const { exitCode, stdout, stderr } = await strongroom(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('strongroom access --environment prod');
    expect(stdout).toContain('Exit codes: 0 done, 1 not done, 2 invalid input');
  });

  it.each(['validate', 'access'])('%s --help has its own', async (verb) => {
    const { exitCode, stdout } = await strongroom([verb, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: strongroom ${verb}`);
    expect(stdout).toContain('--catalog <folder>');
    expect(stdout).toContain(`strongroom ${verb} --json | jq`);
  });

  it('fits the text of every verb into a terminal of 80 columns, but for examples', async () => {
    for (const verb of ['', ...verbs]) {
      const { exitCode, stdout } = await strongroom([...(verb === '' ? [] : [verb]), '--help']);
      expect(exitCode).toBe(0);
      expect(stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('  strongroom '))).toEqual([]);
      expect(stdout).toMatch(/^Exit codes: 0 /m);
      expect(stdout).not.toContain('(default: false)');
    }
  });

  it('prints its version', async () => {
    expect(await strongroom(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it.each([
    [['valdate'], "error: unknown command 'valdate'\n(Did you mean validate?)"],
    [['validate', '--jsn'], "error: unknown option '--jsn'\n(Did you mean --json?)"],
    [['validate', 'catalog'], "error: too many arguments for 'validate'. Expected 0 arguments but got 1."],
    [['--catalog', 'x', 'validate'], 'Run strongroom --help for its verbs; options stand after the verb.'],
    [['access', '--environment'], "error: option '-e, --environment <name>' argument missing"],
  ])('refuses %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await strongroom(args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('refuses as JSON where the rest would be JSON', async () => {
    const { exitCode, stdout, stderr } = await strongroom(['validate', '--json', '--jsn']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'usage-invalid' } });
  });
});

const verbs = [
  'init',
  ...['validate', 'access', 'generate', 'handover', 'place', 'deploy-plan', 'bootstrap-template', 'import'],
  ...['preflight', 'rotate', 'diagnose', 'repair'],
];

describe('an error that nobody expected', () => {
  const report = (args: string[], debug: boolean) => {
    let [stdout, stderr] = ['', ''];
    const output = {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
    };
    const exitCode = reportError(processHost({ ...output, env: {} }, args), new Error('disk on fire'), debug);
    return { exitCode, stdout, stderr };
  };

  it('ends with 1, and says how to see more', () => {
    expect(report([], false)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'unexpected error: disk on fire\nSet STRONGROOM_DEBUG=1 to see where it came from.\n',
    });
  });

  it('shows its stack to who asks', () => {
    expect(report([], true).stderr).toMatch(/^unexpected error: disk on fire\nError: disk on fire\n {4}at /);
  });

  it('is JSON where the rest would be JSON', () => {
    const { exitCode, stdout, stderr } = report(['--json'], false);
    expect([exitCode, stderr, JSON.parse(stdout)]).toEqual([
      1,
      '',
      { error: { code: 'unexpected', message: 'disk on fire' } },
    ]);
  });
});

describe('the command of a clone', () => {
  const command = `${root}cli/strongroom.js`;

  it('runs from its sources, without a build, in any folder', async () => {
    const { exitCode, stdout } = await execa('node', [command, 'validate', '--catalog', `${root}catalog`], {
      cwd: '/',
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('northwind-retail');
  });

  it('ends with 2 and its problems where the catalog is not there', async () => {
    const { exitCode, stderr } = await execa('node', [command, 'validate', '--catalog', 'nowhere'], {
      cwd: root,
      reject: false,
    });
    expect(exitCode).toBe(2);
    expect(stderr).toBe(
      'nowhere can’t be read: there is no such folder; name the folder with organisation.yaml [folder-unreadable]\n1 problem in 1 file',
    );
  });

  it('is content with a reader that has seen enough', async () => {
    const { stdout, stderr, exitCode } = await execa({
      shell: '/bin/bash',
      cwd: root,
    })`set -o pipefail; node ${command} access | true`;
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: '', stderr: '', exitCode: 0 });
  });

  it('is what package.json and npx run', async () => {
    expect(manifest.bin.strongroom).toBe('strongroom.js');
    const { stdout } = await execa('npx', ['--no-install', 'strongroom', '--version'], { cwd: root });
    expect(stdout).toBe(manifest.version);
  });
});

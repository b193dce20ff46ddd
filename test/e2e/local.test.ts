import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventsOf, localCommand, type LocalCommand, type RunningCommand } from '../_helpers/local-command.ts';

let local: LocalCommand;

beforeEach(async () => {
  local = await localCommand();
});

afterEach(async () => {
  await local.run(['down']);
  await local.remove();
});

/** Waits for output, and throws with what there was where the command ends before. */
const waitForOutput = (running: RunningCommand, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let seen = '';
    running.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(text)) resolve();
    });
    running.once('exit', () => {
      reject(new Error(`The command ended without "${text}":\n${seen}`));
    });
  });

/** Watchdogs need a moment after a kill that nobody can catch. */
const waitForNothingLeft = async (): Promise<void> => {
  for (let attempt = 0; attempt < 600 && (await local.leftovers()).length > 0; attempt += 1) await sleep(100);
  expect(await local.leftovers()).toEqual([]);
};

/** Who acts under one of the profiles that `--keep` has written, in a shell with the printed variables. */
const callerUnder = async (stdout: string, profile: string): Promise<string | undefined> => {
  // Without the administrator's keys, beside which the SDK warns about a profile.
  for (const [, name = '', value] of stdout.matchAll(
    /^ {2}export (AWS_(?:ENDPOINT_URL|REGION|CONFIG_FILE))=(\S+)$/gm,
  )) {
    vi.stubEnv(name, value);
  }
  const sts = new STSClient({ profile });
  try {
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    return Arn;
  } finally {
    sts.destroy();
    vi.unstubAllEnvs();
  }
};

/** Its whole run is in fresh-machine.test.ts. */
describe('npm run local', () => {
  it('stays up with --keep, for one platform a clone, until it is told to end', async () => {
    const { exitCode, stdout } = await local.run(['--keep']);
    expect(exitCode).toBe(0);
    const endpoint = /export AWS_ENDPOINT_URL=(\S+)/.exec(stdout)?.[1] ?? 'no endpoint printed';
    const answer = await fetch(endpoint);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await callerUnder(stdout, 'strongroom-operator')).toContain(':assumed-role/secret-operator/');
    expect(await callerUnder(stdout, 'strongroom-payments-api')).toContain(':assumed-role/dev-payments-api/');

    const second = await local.run();
    expect(second.stderr).toContain('The local platform is up already');
    expect(second.exitCode).toBe(2);

    const down = await local.run(['down']);
    expect(down.stdout).toContain('Local platform: ended.');
    await expect(fetch(endpoint)).rejects.toThrow();
    expect(await local.leftovers()).toEqual([]);
    expect((await local.run(['down'])).stdout).toContain('nothing was up');
  });

  it('ends everything on Ctrl-C in the middle of the deployment', async () => {
    const running = local.run(['--json']);
    await waitForOutput(running, '{"type":"started","title":"Stacks deployed"');
    running.kill('SIGINT');

    const { exitCode, stderr } = await running;
    expect(stderr).toContain('Interrupted; everything was ended.');
    expect(exitCode).toBe(130);
    expect(await local.leftovers()).toEqual([]);
  });

  it('starts again after it was killed half-way, and nothing of the killed run stays', async () => {
    const killed = local.run(['--json']);
    await waitForOutput(killed, '{"type":"started","title":"App synthesised');
    killed.kill('SIGKILL');
    await killed;

    const again = local.run(['--json']);
    await waitForOutput(again, '{"type":"held","title":"Local AWS, databases and SIEM are up"');
    again.kill('SIGINT');
    expect((await again).exitCode).toBe(130);
    await waitForNothingLeft();
  });

  it('says that the port is taken, and changes nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { exitCode, stderr } = await local.run(['--port', String(port)]);
    server.close();

    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is taken: choose another with --port`);
    expect(exitCode).toBe(2);
    expect(await local.leftovers()).toEqual([]);
  });

  it('says what a wrong option should be', async () => {
    const { exitCode, stderr } = await local.run(['--port', 'http']);
    expect(stderr).toContain('A port is a whole number from 1 to 65535');
    expect(exitCode).toBe(2);
  });
});

describe('npm run local on a machine that lacks something', () => {
  beforeEach(async () => {
    await local.remove();
    local = await localCommand({ installed: false });
  });

  it('says that Python is missing', async () => {
    const { exitCode, stderr, stdout } = await local.run(['--json'], { STRONGROOM_PYTHON: '/nonexistent/python3' });
    expect(stderr).toMatch(/Python 3\.\d+ or newer/);
    expect(exitCode).toBe(2);
    expect(eventsOf(stdout).at(-1)?.type).toBe('failed');
    expect(await local.leftovers()).toEqual([]);
  });

  it('says that the package registry is out of reach', async () => {
    const { exitCode, stderr } = await local.run([], {
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_FIND_LINKS: '',
      PIP_NO_CACHE_DIR: '1',
      PIP_RETRIES: '0',
    });
    expect(stderr).toMatch(/registry/i);
    expect(exitCode).toBe(2);
    expect(await local.leftovers()).toEqual([]);
  });
});

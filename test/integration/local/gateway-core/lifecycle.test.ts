import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startLocalAws } from '../../../../local/aws.ts';
import { account, administratorOf, region } from './local-aws.ts';
import { runFunction } from './run-function.ts';
import { patience } from '../../../_helpers/patience.ts';

describe('the local AWS', () => {
  let temporary: string;

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'strongroom-test-'));
    vi.stubEnv('TMPDIR', temporary);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(temporary, { recursive: true });
  });

  it('starts twice at once, each with its own port and state, and stops without a trace', async () => {
    const [one, another] = await Promise.all([
      startLocalAws({ accounts: [account], region }),
      startLocalAws({ accounts: [account], region }),
    ]);
    try {
      expect(one.endpoint).not.toBe(another.endpoint);
      expect(await readdir(temporary)).toHaveLength(2);
      await expect(administratorOf(one).secrets.send(new ListSecretsCommand())).resolves.toBeDefined();
      // The keys of one run mean nothing to another.
      await expect(
        administratorOf({ ...another, accounts: one.accounts }).secrets.send(new ListSecretsCommand()),
      ).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    } finally {
      await Promise.all([one.stop(), another.stop(), one.stop()]);
    }

    expect(await readdir(temporary)).toEqual([]);
    await expect(fetch(one.endpoint)).rejects.toThrow();
  });

  it('says that its port is taken, and leaves nothing of the attempt', async () => {
    const first = await startLocalAws({ accounts: [account], region });
    try {
      const port = Number(new URL(first.endpoint).port);
      await expect(startLocalAws({ accounts: [account], region, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    } finally {
      await first.stop();
    }
    expect(await readdir(temporary)).toEqual([]);
  });

  it('leaves no process and no folder when it is killed without a chance to clean up', async () => {
    const owner = execa(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'start-and-wait.ts')], {
      env: { TMPDIR: temporary },
      reject: false,
      stdin: 'ignore',
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const { endpoint, pids } = JSON.parse(line.toString()) as { endpoint: string; pids: number[] };
    expect(pids.map(isUp)).toEqual([true, true]);

    owner.kill('SIGKILL');
    await owner;

    await vi.waitFor(async () => {
      expect(pids.map(isUp)).toEqual([false, false]);
      expect((await readdir(temporary)).filter((name) => name.startsWith('strongroom-'))).toEqual([]);
    }, patience);
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  it('takes its functions along when the emulator is killed', async () => {
    const aws = await startLocalAws({ accounts: [account], region });
    try {
      const { pid, parentPid } = await runFunction(aws);
      process.kill(parentPid, 'SIGKILL');

      await vi.waitFor(() => {
        expect([pid, parentPid].map(isUp)).toEqual([false, false]);
      }, patience);
    } finally {
      await aws.stop();
    }
  });
});

const isUp = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

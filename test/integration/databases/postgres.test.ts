import { once } from 'node:events';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';

const certificates = await createLocalCertificates();

const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
};
const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

describe('a local PostgreSQL', () => {
  it('keeps its data over a restart, and leaves nothing but the log that was asked for', async () => {
    const logDirectory = await mkdtemp(join(tmpdir(), 'strongroom-log-'));
    try {
      const postgres = await startPostgres({ certificates, databases: ['orders'], logDirectory });
      await postgres.query('CREATE TABLE kept (id int)', { database: 'orders' });
      await postgres.suspend();
      expect(await listens(postgres.port)).toBe(false);
      await postgres.restart();
      expect(await postgres.query('SELECT * FROM kept', { database: 'orders' })).toEqual([]);

      await postgres.stop();
      await postgres.stop();

      expect(await listens(postgres.port)).toBe(false);
      expect(await readFile(join(logDirectory, 'postgres.log'), 'utf8')).toContain('CREATE TABLE kept');
    } finally {
      await rm(logDirectory, { recursive: true, force: true });
    }
  });

  it('can be stopped after something else ended it, as Ctrl-C does', async () => {
    const postgres = await startPostgres({ certificates });
    const [row] = await postgres.query("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid");
    process.kill(Number(row?.['pid']), 'SIGINT');
    await expect.poll(() => listens(postgres.port), { timeout: 10_000 }).toBe(false);

    await postgres.stop();

    expect(await listens(postgres.port)).toBe(false);
  });

  it('says why it does not come up', async () => {
    await expect(startPostgres({ certificates, settings: ['no_such_setting=1'] })).rejects.toThrow(
      'unrecognized configuration parameter "no_such_setting"',
    );
  });

  it.each(['SIGKILL', 'SIGINT'] as const)(
    'is gone, data and all, when whoever started it dies of %s',
    async (signal) => {
      const fixture = join(import.meta.dirname, '../../_fixtures/start-postgres.ts');
      const owner = execa(process.execPath, ['--import', 'tsx', fixture], { reject: false });
      const [line] = (await once(owner.stdout, 'data')) as [Buffer];
      const { port, logFile } = JSON.parse(String(line)) as { port: number; logFile: string };
      expect(await listens(port)).toBe(true);

      owner.kill(signal);
      const { signal: diedOf } = await owner;

      expect(diedOf).toBe(signal);
      await expect.poll(() => exists(dirname(logFile)), { timeout: 20_000 }).toBe(false);
      expect(await listens(port)).toBe(false);
    },
  );
});

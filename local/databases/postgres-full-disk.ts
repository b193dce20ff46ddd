/** A full disk under PostgreSQL's write-ahead log, without root and without filling anything. */
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

type Query = (sql: string) => Promise<Record<string, unknown>[]>;

/**
 * Makes the segment that the log goes to next the kernel's device that is always full. What is written from now on fails
 * with the error of a full disk, ENOSPC, and ends the server, as PostgreSQL does where its log can't be written.
 *
 * @returns what frees the disk.
 */
export const fillLogDisk = async (data: string, query: Query): Promise<() => Promise<void>> => {
  await endAfterCrash(query);
  const [row] = await query(
    `SELECT pg_walfile_name(pg_current_wal_lsn() + setting::bigint) AS next
       FROM pg_settings WHERE name = 'wal_segment_size'`,
  );
  const segment = path.join(data, 'pg_wal', String(row?.['next']));
  await rm(segment, { force: true });
  await symlink('/dev/full', segment);
  await query('SELECT pg_switch_wal()');
  return async () => {
    await rm(segment, { force: true });
    const file = path.join(data, 'postgresql.auto.conf');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, lines.filter((line) => !line.startsWith('restart_after_crash')).join('\n'));
  };
};

/** Else the server would try to recover over and over, and listen to nobody meanwhile. */
const endAfterCrash = async (query: Query): Promise<void> => {
  await query('ALTER SYSTEM SET restart_after_crash = off');
  await query('SELECT pg_reload_conf()');
  const isSet = async (): Promise<boolean> => {
    const [row] = await query("SELECT setting FROM pg_settings WHERE name = 'restart_after_crash'");
    return row?.['setting'] === 'off';
  };
  const deadline = Date.now() + 120_000;
  while (!(await isSet())) {
    if (Date.now() > deadline) throw new Error('PostgreSQL does not reload its settings');
    await sleep(20);
  }
};

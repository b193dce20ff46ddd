/** What makes a copy of a PostgreSQL's data folder a streaming replica of it. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import pg from 'pg';

/**
 * Takes a base backup of a running server, as PostgreSQL's manual has it for the low-level API: this needs no
 * `pg_basebackup`, which npm's PostgreSQL lacks.
 *
 * @returns the content of the copy's `backup_label`.
 */
export const copyRunningServer = async (connection: pg.ClientConfig, data: string, copy: string): Promise<string> => {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    // The backup is this session's: it ends with it.
    await client.query("SELECT pg_backup_start('replica', fast => true)");
    await execa('cp', ['-Rp', data, copy], { timeout: 600_000 });
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(path.join(copy, name), { force: true });
    return rows[0]?.labelfile ?? '';
  } finally {
    await client.end();
  }
};

export interface PrimaryConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly passwordFile: string;
  /** The file of the authority that the primary's certificate is from. @default TLS is off */
  readonly caFile?: string | undefined;
}

/** The setting by which a replica finds its primary; the password stays in its file. */
export const primaryConnectionSetting = ({ host, port, user, passwordFile, caFile }: PrimaryConnection): string => {
  const parts = [
    `host=${host} port=${port} user=${user} passfile='${passwordFile}'`,
    caFile === undefined ? 'sslmode=disable' : `sslmode=verify-ca sslrootcert='${caFile}'`,
  ];
  return `primary_conninfo='${parts.join(' ').replaceAll("'", "''")}'`;
};

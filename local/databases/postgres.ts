/** A real PostgreSQL for one run: own data folder, TLS only, SCRAM only, every statement logged, ended with its owner. */
import pg from 'pg';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { broughtUp, makeParts } from './managed-server.ts';
import { findPostgres, type PostgresVersion } from './postgres-programs.ts';
import { PostgresServer } from './postgres-server.ts';
import { canRun, findServerUser } from './server-user.ts';
import { findNameLibrary } from './user-name.ts';

export interface StartPostgresOptions extends StartServerOptions {
  /** @default 18 */
  readonly version?: PostgresVersion | '15 with pg_cron';
  /** Databases to create, owned by the superuser. @default none except `postgres` */
  readonly databases?: readonly string[];
  /** `false`: a server that refuses TLS. @default true */
  readonly tls?: boolean;
}

export interface LocalPostgres extends LocalServer {
  /** Runs statements as the superuser. */
  query(sql: string, options?: { database?: string; values?: unknown[] }): Promise<Record<string, unknown>[]>;
  /**
   * Leaves no room for the write-ahead log: the next change fails with 53100 (disk_full) and ends the server. A start fails
   * until {@link freeDisk}. Linux only.
   */
  fillDisk(): Promise<void>;
  /** Frees the room; `restart()` then recovers the server. */
  freeDisk(): Promise<void>;
}

export interface LocalPostgresReplica extends LocalPostgres {
  /** Waits until the replica shows everything that the primary had committed at this call. */
  catchUp(): Promise<void>;
  /** Promotes the replica to a primary, and waits until it accepts writes. */
  promote(): Promise<void>;
}

/**
 * Starts PostgreSQL on a free port of the loopback interface. If the calling process dies without `stop()`, a
 * watchdog ends the server and removes the data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what to install.
 */
export const startPostgres = async (options: StartPostgresOptions): Promise<LocalPostgres> => {
  return broughtUp(await makeServer(options, 'postgres.log'), async (server) => {
    await server.initialise();
    await server.restart();
    for (const name of options.databases ?? []) await server.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
};

/**
 * Starts a read-only server that follows a running one by streaming replication, with its users and passwords.
 *
 * @throws Error as {@link startPostgres}.
 */
export const startPostgresReplica = async (
  primary: LocalPostgres,
  options: Pick<StartPostgresOptions, 'logDirectory' | 'settings'> = {},
): Promise<LocalPostgresReplica> => {
  if (!(primary instanceof PostgresServer)) throw new TypeError('Only what startPostgres started can be followed');
  const inherited = { ...primary.options, ...options };
  return broughtUp(await makeServer(inherited, 'postgres-replica.log', primary), async (server) => {
    await server.copyPrimary();
    await server.restart();
  });
};

const makeServer = async (
  options: StartPostgresOptions,
  outputName: string,
  primary?: PostgresServer,
): Promise<PostgresServer> => {
  const programs = await findPostgres(options.version ?? 18, options.onProgress);
  const runAs = await findServerUser();
  const isReached = runAs === undefined || (await canRun(runAs, programs.postgres));
  const user = runAs ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const nameLibrary = await findNameLibrary(user, options.onProgress);
  const parts = await makeParts(options, {
    label: 'Postgres',
    outputName,
    endSignal: 'SIGINT',
    runAs,
    holdsPrograms: !isReached || (runAs !== undefined && nameLibrary !== undefined),
  });
  return new PostgresServer({
    ...parts,
    programs,
    isReached,
    user,
    nameLibrary,
    primary,
    adminPassword: primary?.adminPassword,
  });
};

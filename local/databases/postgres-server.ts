/** One PostgreSQL, primary or replica: its configuration, start and stop, and what a test needs of it. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ManagedServer, type ManagedServerParts } from './managed-server.ts';
import { readToMarker } from './marked-log.ts';
import type { LocalPostgresReplica, StartPostgresOptions } from './postgres.ts';
import { fillLogDisk } from './postgres-full-disk.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { copyRunningServer, primaryConnectionSetting } from './postgres-replica.ts';
import { copyReadable, type ServerUser } from './server-user.ts';
import { giveName } from './user-name.ts';

export interface PostgresServerParts extends ManagedServerParts<StartPostgresOptions> {
  readonly programs: PostgresPrograms;
  /** Whether the server's user can run the programs where they are. */
  readonly isReached: boolean;
  /** The user that the server runs as. */
  readonly user: ServerUser;
  /** Gives this user a name. @default it has one */
  readonly nameLibrary?: string | undefined;
  /** The server that a replica follows. */
  readonly primary?: PostgresServer | undefined;
}

export class PostgresServer extends ManagedServer<StartPostgresOptions> implements LocalPostgresReplica {
  override readonly adminUser = 'postgres';
  #programs: PostgresPrograms;
  readonly #isReached: boolean;
  readonly #user: ServerUser;
  readonly #nameLibrary: string | undefined;
  #environment: Readonly<Record<string, string>> = {};
  readonly #data: string;
  readonly #primary: PostgresServer | undefined;
  #freeDisk: (() => Promise<void>) | undefined;

  constructor({ programs, isReached, user, nameLibrary, primary, ...parts }: PostgresServerParts) {
    super(parts);
    this.#programs = programs;
    this.#isReached = isReached;
    this.#user = user;
    this.#nameLibrary = nameLibrary;
    this.#data = path.join(parts.process.folder, 'data');
    this.#primary = primary;
  }

  /** Makes an empty data folder. */
  async initialise(): Promise<void> {
    await this.#prepareUser();
    const passwordFile = await this.process.write('admin-password', this.adminPassword);
    const args = ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions', '--auth=scram-sha-256'];
    const own = [`--pgdata=${this.#data}`, `--username=${this.adminUser}`, `--pwfile=${passwordFile}`];
    await this.process.run([this.#programs.initdb, ...args, ...own], this.#environment);
    await this.#configure();
  }

  /** Makes a data folder that follows the primary's. */
  async copyPrimary(): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined) throw new TypeError('A replica has a primary');
    await this.#prepareUser();
    const label = await copyRunningServer(primary.#connection(), primary.#data, this.#data);
    await this.process.write('data/backup_label', label);
    await this.process.write('data/standby.signal', '');
    const passwordFile = await this.process.write('replication.pgpass', `*:*:*:*:${this.adminPassword}\n`);
    const caFile = this.options.tls === false ? undefined : await this.process.write('ca.pem', this.ca);
    await this.#appendSettings([
      primaryConnectionSetting({
        host: primary.host,
        port: primary.port,
        user: primary.adminUser,
        passwordFile,
        caFile,
      }),
      ...(this.options.settings ?? []),
    ]);
  }

  override async kill(): Promise<void> {
    if (!this.process.runs) return;
    // A backend finishes its work after its server ends, and uses the data meanwhile.
    const rows = await this.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
    await this.process.kill(rows.map(({ pid }) => Number(pid)));
  }

  async query(sql: string, { database = 'postgres', values = [] }: { database?: string; values?: unknown[] } = {}) {
    const client = new pg.Client(this.#connection(database));
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql, values.length > 0 ? values : undefined);
      return rows;
    } finally {
      await client.end();
    }
  }

  async readLog(): Promise<string> {
    return readToMarker('PostgreSQL', this.logFile, (marker) => this.query(`SELECT 1 /* ${marker} */`));
  }

  async fillDisk(): Promise<void> {
    this.#freeDisk ??= await fillLogDisk(this.#data, (sql) => this.query(sql));
  }

  async freeDisk(): Promise<void> {
    await this.#freeDisk?.();
    this.#freeDisk = undefined;
  }

  async catchUp(): Promise<void> {
    const [there] = (await this.#primary?.query('SELECT pg_current_wal_lsn() AS lsn')) ?? [];
    await this.#until('replays what its primary had', () =>
      this.query('SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done', { values: [there?.['lsn']] }),
    );
  }

  async promote(): Promise<void> {
    await this.query('SELECT pg_promote()');
    await this.#until('takes writes', () => this.query('SELECT NOT pg_is_in_recovery() AS done'));
  }

  protected async start(): Promise<void> {
    await this.process.start(
      [this.#programs.postgres, '-D', this.#data, '-p', String(this.port)],
      () => this.query('SELECT 1'), // rejects while the server is starting up
      this.#environment,
    );
  }

  /** Gives the server's user a name, and programs that it can reach. */
  async #prepareUser(): Promise<void> {
    if (this.#nameLibrary !== undefined) {
      this.#environment = await giveName(this.process, this.#user, this.#nameLibrary);
    }
    if (this.#isReached) return;
    const { root, initdb, postgres } = this.#programs;
    const copy = path.join(this.process.folder, 'programs');
    await copyReadable(root, copy);
    const copied = (program: string): string => path.join(copy, path.relative(root, program));
    this.#programs = { root: copy, initdb: copied(initdb), postgres: copied(postgres) };
  }

  #connection(database = 'postgres') {
    return {
      host: this.host,
      port: this.port,
      database,
      user: this.adminUser,
      password: this.adminPassword,
      ssl: this.options.tls === false ? false : { ca: this.ca },
      connectionTimeoutMillis: 60_000,
    } satisfies pg.ClientConfig;
  }

  async #configure(): Promise<void> {
    const { certificates, tls = true, settings = [] } = this.options;
    await this.process.write('data/server.crt', certificates.cert);
    await this.process.write('data/server.key', certificates.key);
    const type = tls ? 'hostssl' : 'hostnossl';
    const rules = ['all', 'replication'].map((database) => `${type} ${database} all ${this.host}/32 scram-sha-256\n`);
    await this.process.write('data/pg_hba.conf', rules.join(''));
    await this.#appendSettings([
      `listen_addresses='${this.host}'`,
      "unix_socket_directories=''",
      `ssl=${tls ? 'on' : 'off'}`,
      "ssl_cert_file='server.crt'",
      "ssl_key_file='server.key'",
      'password_encryption=scram-sha-256',
      'log_statement=all',
      'log_connections=on',
      "log_line_prefix='%m [%p] %q%u@%d '",
      'max_connections=50',
      'shared_buffers=16MB',
      'wal_keep_size=64MB',
      'fsync=off',
      ...settings,
    ]);
  }

  async #appendSettings(lines: readonly string[]): Promise<void> {
    await appendFile(path.join(this.#data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  }

  async #until(what: string, done: () => Promise<Record<string, unknown>[]>): Promise<void> {
    const deadline = Date.now() + 120_000;
    while ((await done())[0]?.['done'] !== true) {
      if (Date.now() > deadline) throw new Error(`In two minutes PostgreSQL does not get to where it ${what}`);
      await sleep(20);
    }
  }
}

/** A real PostgreSQL for one run: own data folder, TLS only, SCRAM only, every statement logged, gone when its owner is. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import pg from 'pg';
import type { LocalCertificates } from '../tls.ts';
import { EmbeddedPostgres } from './embedded-postgres.ts';
import { endPostmaster } from './postmaster.ts';
import { startWatchdog } from './watchdog.ts';

export interface StartPostgresOptions {
  /** The server's certificate; its authority is what clients must trust. */
  readonly certificates: LocalCertificates;
  /** Databases to create, owned by the superuser. @default none beside `postgres` */
  readonly databases?: readonly string[];
  /** Where `postgres.log` is kept after {@link LocalPostgres.stop}. @default removed together with the data */
  readonly logDirectory?: string;
  /** `false`: a server that refuses TLS. @default true */
  readonly tls?: boolean;
  /** Further server settings, `name=value`. @default none */
  readonly settings?: readonly string[];
}

export interface LocalPostgres {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A superuser. */
  readonly adminUser: string;
  readonly adminPassword: string;
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
  /** Everything that the server logged: statements, connections, refused logins. */
  readonly logFile: string;
  /** The log, complete up to this call. The server must be up. */
  readLog(): Promise<string>;
  /** Runs statements as the superuser. */
  query(sql: string, options?: { database?: string; values?: unknown[] }): Promise<Record<string, unknown>[]>;
  /** Takes the server down; data and port stay for {@link restart}. */
  suspend(): Promise<void>;
  /** Takes the server down, where it is up, and up again on the same port. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. Can be called twice. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const adminUser = 'postgres';

/**
 * Starts PostgreSQL on a free port of the loopback interface. Where the calling process dies without `stop()`, a
 * watchdog ends the server and removes the data.
 *
 * @throws Error with the end of the server's log where it does not come up.
 */
export const startPostgres = async (options: StartPostgresOptions): Promise<LocalPostgres> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'strongroom-postgres-'));
  const watchdog = startWatchdog(folder, path.join(folder, 'data', 'postmaster.pid'), 'INT');
  const server = new Server(folder, await getPort({ host }), options, watchdog);
  try {
    await server.initialise();
    await server.restart();
    for (const name of options.databases ?? []) await server.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
};

class Server implements LocalPostgres {
  readonly host = host;
  readonly port: number;
  readonly adminUser = adminUser;
  readonly adminPassword = randomBytes(24).toString('base64url');
  readonly ca: string;
  readonly logFile: string;
  readonly #folder: string;
  readonly #data: string;
  readonly #options: StartPostgresOptions;
  readonly #watchdog: ChildProcess;
  readonly #postgres: InstanceType<typeof EmbeddedPostgres>;
  #log: WriteStream | undefined;
  #recent = '';

  constructor(folder: string, port: number, options: StartPostgresOptions, watchdog: ChildProcess) {
    this.#folder = folder;
    this.#data = path.join(folder, 'data');
    this.#options = options;
    this.#watchdog = watchdog;
    this.port = port;
    this.ca = options.certificates.ca;
    this.logFile = path.join(options.logDirectory ?? folder, 'postgres.log');
    this.#postgres = new EmbeddedPostgres({
      databaseDir: this.#data,
      port,
      user: adminUser,
      password: this.adminPassword,
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      onLog: (message) => {
        this.#record(message);
      },
      onError: (error) => {
        this.#record(`${String(error)}\n`);
      },
    });
  }

  async initialise(): Promise<void> {
    // PostgreSQL runs as another user where we are root, and that user must reach its data folder.
    await chmod(this.#folder, 0o711);
    await mkdir(path.dirname(this.logFile), { recursive: true });
    this.#log = createWriteStream(this.logFile, { flags: 'a', mode: 0o600 });
    await this.#explained(() => this.#postgres.initialise());
    await this.#configure();
  }

  async restart(): Promise<void> {
    await this.suspend();
    await this.#explained(() => this.#postgres.start());
  }

  async suspend(): Promise<void> {
    // By its own note, not by the package's: on Ctrl-C the server may be on its way out, or gone, before we ask.
    await endPostmaster(this.#data);
  }

  async stop(): Promise<void> {
    await this.suspend();
    const log = this.#log;
    this.#log = undefined;
    if (log) await new Promise<void>((resolve) => log.end(resolve));
    await rm(this.#folder, { recursive: true, force: true });
    this.#watchdog.stdin?.end();
  }

  async query(sql: string, { database = 'postgres', values = [] }: { database?: string; values?: unknown[] } = {}) {
    const client = new pg.Client({
      host,
      port: this.port,
      database,
      user: adminUser,
      password: this.adminPassword,
      ssl: this.#options.tls === false ? false : { ca: this.ca },
      connectionTimeoutMillis: 10_000,
    });
    await client.connect();
    try {
      const { rows } = await client.query<Record<string, unknown>>(sql, values.length > 0 ? values : undefined);
      return rows;
    } finally {
      await client.end();
    }
  }

  async readLog(): Promise<string> {
    // The log arrives through a pipe: what was logged before this marker is there once the marker is.
    const marker = `marker ${randomBytes(12).toString('hex')}`;
    await this.query(`SELECT 1 /* ${marker} */`);
    const deadline = Date.now() + 10_000;
    for (;;) {
      const text = await readFile(this.logFile, 'utf8');
      if (text.includes(marker)) return text;
      if (Date.now() > deadline) throw new Error(`The log of PostgreSQL (${this.logFile}) is not written any more`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #configure(): Promise<void> {
    const { certificates, tls = true, settings = [] } = this.#options;
    const owner = await stat(this.#data);
    const write = async (name: string, content: string) => {
      const file = path.join(this.#data, name);
      await writeFile(file, content, { mode: 0o600 });
      if (process.getuid?.() === 0) await chown(file, owner.uid, owner.gid);
    };
    await write('server.crt', certificates.cert);
    await write('server.key', certificates.key);
    await write('pg_hba.conf', `${tls ? 'hostssl' : 'hostnossl'} all all ${host}/32 scram-sha-256\n`);
    const lines = [
      `listen_addresses='${host}'`,
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
      'fsync=off',
      ...settings,
    ];
    await appendFile(path.join(this.#data, 'postgresql.conf'), `${lines.join('\n')}\n`);
  }

  #record(message: string): void {
    const text = message.endsWith('\n') ? message : `${message}\n`;
    this.#recent = (this.#recent + text).slice(-4_000);
    this.#log?.write(text);
  }

  /** The package rejects without a reason where the server ends early: the log has it. */
  async #explained(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      throw new Error(`PostgreSQL did not come up on ${host}:${this.port}. The end of its log:\n${this.#recent}`, {
        cause,
      });
    }
  }
}

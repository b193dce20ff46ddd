/** What MySQL and MariaDB have in common as local servers: configuration, TLS, the administrator, the logs. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createConnection, escapeId } from 'mysql2/promise';
import { copyInitialData, keepInitialData } from './initial-data.ts';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { broughtUp, makeParts, ManagedServer, type ManagedServerParts } from './managed-server.ts';
import { readToMarker } from './marked-log.ts';

export interface StartMysqlOptions extends StartServerOptions {
  /** Databases to create. @default none */
  readonly databases?: readonly string[];
  /** Lines of configuration for the running server only, such as plugins: the data folder is created without them. */
  readonly laterSettings?: readonly string[];
}

export interface LocalMysql extends LocalServer {
  /** As {@link LocalServer.readLog}: the general log, with every statement as the server writes it. */
  readLog(): Promise<string>;
  /** Warnings and failed logins. */
  readonly errorLogFile: string;
  readErrorLog(): Promise<string>;
  /** Runs one statement as the administrator. */
  query(sql: string, options?: { database?: string; values?: unknown[] }): Promise<Record<string, unknown>[]>;
}

/** Where the two differ. */
export interface MysqlFlavour {
  readonly label: 'MySQL' | 'MariaDB';
  readonly server: string;
  readonly settings: readonly string[];
  /** The program that fills an empty data folder, called with `--defaults-file`. */
  readonly initialise: readonly [string, ...string[]];
  /** Where a filled data folder is kept as a copy. @default nowhere */
  readonly initialData?: string | undefined;
  /** Removes the users, with empty passwords, that the data folder then has. */
  readonly dropInitialUsers: string;
}

export const startMysqlServer = async (flavour: MysqlFlavour, options: StartMysqlOptions): Promise<LocalMysql> => {
  const { label } = flavour;
  const parts = await makeParts(options, { label, outputName: `${label.toLowerCase()}-error.log` });
  return broughtUp(new MysqlServer(flavour, parts), async (server) => {
    await server.initialise();
    for (const name of options.databases ?? []) await server.query(`CREATE DATABASE ${escapeId(name)}`);
  });
};

class MysqlServer extends ManagedServer<StartMysqlOptions> implements LocalMysql {
  override readonly logFile: string;
  readonly errorLogFile: string;
  readonly #flavour: MysqlFlavour;
  readonly #defaults: string;

  constructor(flavour: MysqlFlavour, parts: ManagedServerParts<StartMysqlOptions>) {
    super(parts);
    const { folder, outputFile } = parts.process;
    this.#flavour = flavour;
    this.#defaults = `--defaults-file=${path.join(folder, 'my.cnf')}`;
    this.logFile = path.join(path.dirname(outputFile), `${flavour.label.toLowerCase()}.log`);
    this.errorLogFile = outputFile;
  }

  async initialise(): Promise<void> {
    await this.#prepare();
    await this.#configure();
    await this.#fillData();
    const { laterSettings } = this.options;
    if (laterSettings !== undefined) await this.#configure(laterSettings);
    const firstStart = await this.process.write(
      'first-start.sql',
      `CREATE USER '${this.adminUser}'@'%' IDENTIFIED BY '${this.adminPassword}';
GRANT ALL PRIVILEGES ON *.* TO '${this.adminUser}'@'%' WITH GRANT OPTION;
${this.#flavour.dropInitialUsers};
`,
    );
    await this.start([`--init-file=${firstStart}`]);
    await rm(firstStart);
  }

  async query(sql: string, { database, values = [] }: { database?: string; values?: unknown[] } = {}) {
    const connection = await createConnection({
      host: this.host,
      port: this.port,
      user: this.adminUser,
      password: this.adminPassword,
      ssl: { ca: this.ca, verifyIdentity: true },
      connectTimeout: 60_000,
      ...(database !== undefined && { database }),
    });
    try {
      const [rows] = await connection.query(sql, values);
      return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
    } finally {
      await connection.end();
    }
  }

  async readLog(): Promise<string> {
    return readToMarker(this.#flavour.label, this.logFile, (marker) => this.query(`SELECT 1 /* ${marker} */`));
  }

  async readErrorLog(): Promise<string> {
    return readFile(this.errorLogFile, 'utf8');
  }

  async #prepare(): Promise<void> {
    const { folder } = this.process;
    await mkdir(path.join(folder, 'data'), { mode: 0o700 });
    // A server that starts removes the temporary tables of every other one that shares the folder.
    await mkdir(path.join(folder, 'tmp'), { mode: 0o700 });
    await this.writeCertificates();
  }

  async #configure(more: readonly string[] = []): Promise<void> {
    const { folder } = this.process;
    const lines = [
      `datadir=${folder}/data`,
      `tmpdir=${folder}/tmp`,
      // Below the data folder: the path of a socket has a limit of about 100 characters, and a folder's has not.
      'socket=server.sock',
      `bind-address=${this.host}`,
      `port=${this.port}`,
      'skip-name-resolve=ON',
      'require-secure-transport=ON',
      `ssl-ca=${folder}/ca.pem`,
      `ssl-cert=${folder}/server.pem`,
      `ssl-key=${folder}/server-key.pem`,
      'general-log=ON',
      `general-log-file=${this.logFile}`,
      'skip-log-bin',
      'max-connections=60',
      'innodb-buffer-pool-size=32M',
      // Survives the end of the process, not that of the machine: no write waits for the disk.
      'innodb-flush-log-at-trx-commit=2',
      'loose-innodb-flush-method=nosync',
      ...(process.getuid?.() === 0 ? ['user=root'] : []),
      ...this.#flavour.settings,
      ...(this.options.settings ?? []),
      ...more,
    ];
    await this.process.write('my.cnf', `[mysqld]\n${lines.join('\n')}\n`);
  }

  async #fillData(): Promise<void> {
    // Some settings can't change after this: then the folder is created with them.
    const kept = this.options.settings === undefined ? this.#flavour.initialData : undefined;
    const data = path.join(this.process.folder, 'data');
    if (kept !== undefined && (await copyInitialData(kept, data))) return;
    const [program, ...args] = this.#flavour.initialise;
    await this.process.run([program, this.#defaults, ...args]);
    // A unique name, created at the first start.
    await rm(path.join(data, 'auto.cnf'), { force: true });
    if (kept !== undefined) await keepInitialData(data, kept);
  }

  protected async start(args: readonly string[] = []): Promise<void> {
    await this.process.start([this.#flavour.server, this.#defaults, ...args], () => this.query('SELECT 1'));
  }
}

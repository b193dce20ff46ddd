/** What MySQL and MariaDB have in common as local servers: configuration, TLS, the administrator, the logs. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { createConnection, escapeId } from 'mysql2/promise';
import { copyInitialData, keepInitialData } from './initial-data.ts';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { makeServerProcess, type ServerProcess } from './server-process.ts';

export interface StartMysqlOptions extends StartServerOptions {
  /** Databases to create. @default none */
  readonly databases?: readonly string[];
}

export interface LocalMysql extends LocalServer {
  /** As {@link LocalServer.readLog}: the general log, every statement in the server's own words. */
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
  /** The program that fills an empty data folder, told `--defaults-file`. */
  readonly initialise: readonly [string, ...string[]];
  /** Where a filled data folder can be kept, to be copied. @default nowhere */
  readonly initialData?: string | undefined;
  /** Removes the users, with empty passwords, that the data folder then has. */
  readonly dropInitialUsers: string;
}

const host = '127.0.0.1';
const adminUser = 'admin';

export const startMysqlServer = async (flavour: MysqlFlavour, options: StartMysqlOptions): Promise<LocalMysql> => {
  const process_ = await makeServerProcess({
    label: flavour.label,
    logDirectory: options.logDirectory,
    outputName: `${flavour.label.toLowerCase()}-error.log`,
  });
  const server = new MysqlServer(flavour, process_, await getPort({ host }), options);
  try {
    await server.initialise();
    for (const name of options.databases ?? []) await server.query(`CREATE DATABASE ${escapeId(name)}`);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
};

class MysqlServer implements LocalMysql {
  readonly host = host;
  readonly port: number;
  readonly adminUser = adminUser;
  readonly adminPassword = randomBytes(24).toString('base64url');
  readonly ca: string;
  readonly logFile: string;
  readonly errorLogFile: string;
  readonly #flavour: MysqlFlavour;
  readonly #process: ServerProcess;
  readonly #options: StartMysqlOptions;
  readonly #defaults: string;

  constructor(flavour: MysqlFlavour, process_: ServerProcess, port: number, options: StartMysqlOptions) {
    this.#flavour = flavour;
    this.#process = process_;
    this.#options = options;
    this.#defaults = `--defaults-file=${path.join(process_.folder, 'my.cnf')}`;
    this.port = port;
    this.ca = options.certificates.ca;
    this.logFile = path.join(path.dirname(process_.outputFile), `${flavour.label.toLowerCase()}.log`);
    this.errorLogFile = process_.outputFile;
  }

  async initialise(): Promise<void> {
    await this.#configure();
    await this.#fillData();
    const firstStart = await this.#process.write(
      'first-start.sql',
      `CREATE USER '${adminUser}'@'%' IDENTIFIED BY '${this.adminPassword}';
GRANT ALL PRIVILEGES ON *.* TO '${adminUser}'@'%' WITH GRANT OPTION;
${this.#flavour.dropInitialUsers};
`,
    );
    await this.#start([`--init-file=${firstStart}`]);
    await rm(firstStart);
  }

  async restart(): Promise<void> {
    await this.suspend();
    await this.#start();
  }

  async suspend(): Promise<void> {
    await this.#process.end();
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async stop(): Promise<void> {
    await this.#process.end();
    await this.#process.remove();
  }

  async query(sql: string, { database, values = [] }: { database?: string; values?: unknown[] } = {}) {
    const connection = await createConnection({
      host,
      port: this.port,
      user: adminUser,
      password: this.adminPassword,
      ssl: { ca: this.ca, verifyIdentity: true },
      connectTimeout: 10_000,
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
    const marker = `marker ${randomBytes(12).toString('hex')}`;
    await this.query(`SELECT 1 /* ${marker} */`);
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline) {
      const text = await readFile(this.logFile, 'utf8');
      if (text.includes(marker)) return text;
      await sleep(10);
    }
    throw new Error(`The log of ${this.#flavour.label} (${this.logFile}) is not written any more`);
  }

  async readErrorLog(): Promise<string> {
    return readFile(this.errorLogFile, 'utf8');
  }

  async #configure(): Promise<void> {
    const { certificates, settings = [] } = this.#options;
    const { folder } = this.#process;
    await mkdir(path.join(folder, 'data'), { mode: 0o700 });
    await this.#process.write('ca.pem', certificates.ca);
    await this.#process.write('server.pem', certificates.cert);
    await this.#process.write('server-key.pem', certificates.key);
    const lines = [
      `datadir=${folder}/data`,
      `socket=${folder}/server.sock`,
      `bind-address=${host}`,
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
      ...settings,
    ];
    await this.#process.write('my.cnf', `[mysqld]\n${lines.join('\n')}\n`);
  }

  async #fillData(): Promise<void> {
    // Some settings hold for good from here on: then the folder is made with them.
    const kept = this.#options.settings === undefined ? this.#flavour.initialData : undefined;
    const data = path.join(this.#process.folder, 'data');
    if (kept !== undefined && (await copyInitialData(kept, data))) return;
    const [program, ...args] = this.#flavour.initialise;
    await this.#process.run([program, this.#defaults, ...args]);
    // A name that no two servers may share; made at the first start.
    await rm(path.join(data, 'auto.cnf'), { force: true });
    if (kept !== undefined) await keepInitialData(data, kept);
  }

  async #start(args: readonly string[] = []): Promise<void> {
    await this.#process.start([this.#flavour.server, this.#defaults, ...args], () => this.query('SELECT 1'));
  }
}

/** A real Redis or Valkey for one run: TLS only, users with passwords, commands logged, gone when its owner is. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClient } from '@redis/client';
import getPort from 'get-port';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { findPrograms } from './server-programs.ts';
import { makeServerProcess, type ServerProcess } from './server-process.ts';

export interface StartRedisOptions extends StartServerOptions {
  readonly server: 'redis' | 'valkey';
  /**
   * Whether users have a file, written by `ACL SAVE` and read at the start. Without one all but the administrator are
   * gone with the process.
   * @default true
   */
  readonly persistUsers?: boolean;
}

export interface LocalRedis extends LocalServer {
  /**
   * As {@link LocalServer.readLog}: what the server wrote, then since its last start every command (from SLOWLOG, which
   * redacts passwords by itself) and every refused login (from ACL LOG).
   */
  readLog(): Promise<string>;
  /** Runs one command as the administrator. */
  command(...words: string[]): Promise<unknown>;
}

const host = '127.0.0.1';
const adminUser = 'admin';

/**
 * Starts Redis 7 or Valkey 8 with the user `default` off. Where the calling process dies without `stop()`, a watchdog
 * ends the server and removes the data.
 *
 * @throws Error with the end of the server's log where it does not come up, or that says what to install.
 */
export const startRedis = async (options: StartRedisOptions): Promise<LocalRedis> => {
  const program = await findRedis[options.server](options.onProgress);
  const process_ = await makeServerProcess({
    label: options.server === 'redis' ? 'Redis' : 'Valkey',
    logDirectory: options.logDirectory,
    outputName: `${options.server}.log`,
  });
  const server = new RedisServer(program, process_, await getPort({ host }), options);
  try {
    await server.initialise();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
};

/** @throws Error that says what to install where there is none for this machine. */
export const findRedis = {
  redis: async (onProgress?: (what: string) => void): Promise<string> => {
    const { path } = await findPrograms(
      {
        label: 'Redis 7',
        suite: 'bookworm',
        packages: ['redis-server', 'redis-tools'],
        programs: { 'redis-server': 'usr/bin/redis-server' },
        versionOf: 'redis-server',
        version: /v=7\./,
        folders: ['/opt/homebrew/opt/redis@7.2/bin', '/usr/local/opt/redis@7.2/bin'],
        elsewhere: 'install it (macOS: brew install redis@7.2)',
      },
      onProgress,
    );
    return path['redis-server'];
  },
  valkey: async (onProgress?: (what: string) => void): Promise<string> => {
    const { path } = await findPrograms(
      {
        label: 'Valkey 8 or newer',
        suite: 'trixie',
        packages: ['valkey-server', 'valkey-tools'],
        programs: { 'valkey-server': 'usr/bin/valkey-server' },
        versionOf: 'valkey-server',
        version: /v=([89]|\d\d)\./,
        elsewhere: 'install it (macOS: brew install valkey; Fedora: dnf install valkey)',
      },
      onProgress,
    );
    return path['valkey-server'];
  },
};

class RedisServer implements LocalRedis {
  readonly host = host;
  readonly port: number;
  readonly adminUser = adminUser;
  readonly adminPassword = randomBytes(24).toString('base64url');
  readonly ca: string;
  readonly logFile: string;
  readonly #program: string;
  readonly #process: ServerProcess;
  readonly #options: StartRedisOptions;

  constructor(program: string, process_: ServerProcess, port: number, options: StartRedisOptions) {
    this.#program = program;
    this.#process = process_;
    this.#options = options;
    this.port = port;
    this.ca = options.certificates.ca;
    this.logFile = process_.outputFile;
  }

  async initialise(): Promise<void> {
    const { certificates, persistUsers = true, settings = [] } = this.#options;
    const { folder } = this.#process;
    await this.#process.write('ca.pem', certificates.ca);
    await this.#process.write('server.pem', certificates.cert);
    await this.#process.write('server-key.pem', certificates.key);
    const digest = createHash('sha256').update(this.adminPassword).digest('hex');
    const users = ['user default off', `user ${adminUser} on #${digest} ~* &* +@all`];
    if (persistUsers) await this.#process.write('users.acl', `${users.join('\n')}\n`);
    const lines = [
      `bind ${host}`,
      'port 0',
      `tls-port ${this.port}`,
      `tls-ca-cert-file "${folder}/ca.pem"`,
      `tls-cert-file "${folder}/server.pem"`,
      `tls-key-file "${folder}/server-key.pem"`,
      'tls-auth-clients no',
      ...(persistUsers ? [`aclfile "${folder}/users.acl"`] : users),
      'loglevel verbose',
      'acllog-max-len 1000',
      'slowlog-log-slower-than 0',
      'slowlog-max-len 10000',
      // Data survives a kill; users do by their own file.
      'appendonly yes',
      `dir "${folder}"`,
      ...settings,
    ];
    await this.#process.write('server.conf', `${lines.join('\n')}\n`);
    await this.#start();
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

  async command(...words: string[]): Promise<unknown> {
    const client = createClient({
      socket: { host, port: this.port, tls: true, ca: this.ca, connectTimeout: 10_000, reconnectStrategy: false },
      username: adminUser,
      password: this.adminPassword,
    });
    // A failed connection rejects `connect` too: that is where it is told.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.sendCommand<unknown>(words);
    } finally {
      client.destroy();
    }
  }

  async readLog(): Promise<string> {
    const commands = (await this.command('SLOWLOG', 'GET', '-1')) as SlowLogEntry[];
    const refused = (await this.command('ACL', 'LOG', '1000')) as unknown[];
    return [
      await readFile(this.logFile, 'utf8'),
      ...commands.map(([, seconds, , words, client]) => `${seconds} ${client} ${words.join(' ')}`).reverse(),
      ...refused.map((entry) => `refused: ${JSON.stringify(entry)}`).reverse(),
      '',
    ].join('\n');
  }

  async #start(): Promise<void> {
    await this.#process.start([this.#program, `${this.#process.folder}/server.conf`], () => this.command('PING'));
  }
}

/** Id, Unix time, microseconds, the words of the command, the client's address and name. */
type SlowLogEntry = readonly [id: number, seconds: number, took: number, words: readonly string[], client: string];

/** A real Redis or Valkey for one run: TLS only, users with passwords, commands logged, ended with its owner. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createClient } from '@redis/client';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { broughtUp, makeParts, ManagedServer, type ManagedServerParts } from './managed-server.ts';
import { findPrograms } from './server-programs.ts';

export interface StartRedisOptions extends StartServerOptions {
  readonly server: 'redis' | 'valkey';
  /**
   * Whether users have a file, written by `ACL SAVE` and read at the start. Without one all but the administrator are
   * lost with the process.
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

/**
 * Starts Redis 7 or Valkey 8 with the user `default` off. If the calling process dies without `stop()`, a watchdog
 * ends the server and removes the data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what to install.
 */
export const startRedis = async (options: StartRedisOptions): Promise<LocalRedis> => {
  const program = await findRedis[options.server](options.onProgress);
  const label = options.server === 'redis' ? 'Redis' : 'Valkey';
  const parts = await makeParts(options, { label, outputName: `${options.server}.log` });
  return broughtUp(new RedisServer(program, parts), (server) => server.initialise());
};

/** @throws Error that says what to install if there is no build for this machine. */
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

class RedisServer extends ManagedServer<StartRedisOptions> implements LocalRedis {
  readonly #program: string;

  constructor(program: string, parts: ManagedServerParts<StartRedisOptions>) {
    super(parts);
    this.#program = program;
  }

  async initialise(): Promise<void> {
    const { persistUsers = true, settings = [] } = this.options;
    const { folder } = this.process;
    await this.writeCertificates();
    const digest = createHash('sha256').update(this.adminPassword).digest('hex');
    const users = ['user default off', `user ${this.adminUser} on #${digest} ~* &* +@all`];
    if (persistUsers) await this.process.write('users.acl', `${users.join('\n')}\n`);
    const lines = [
      `bind ${this.host}`,
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
    await this.process.write('server.conf', `${lines.join('\n')}\n`);
    await this.start();
  }

  async command(...words: string[]): Promise<unknown> {
    const { host, port, ca, adminUser: username, adminPassword: password } = this;
    const client = createClient({
      socket: { host, port, tls: true, ca, connectTimeout: 60_000, reconnectStrategy: false },
      username,
      password,
    });
    // A failed connection also rejects `connect`, where it is reported.
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

  protected async start(): Promise<void> {
    await this.process.start([this.#program, `${this.process.folder}/server.conf`], () => this.command('PING'));
  }
}

/** Id, Unix time, microseconds, the words of the command, the client's address and name. */
type SlowLogEntry = readonly [id: number, seconds: number, took: number, words: readonly string[], client: string];

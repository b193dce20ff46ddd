/** A real PgBouncer in front of a PostgreSQL for one run: TLS on both sides, passwords of its own, ended with its owner. */
import path from 'node:path';
import pg from 'pg';
import { ManagedServer, broughtUp, makeParts, type ManagedServerParts } from './managed-server.ts';
import { readToMarker } from './marked-log.ts';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import type { LocalPostgres } from './postgres.ts';
import { findPrograms } from './server-programs.ts';
import { canRun, copyReadable, findServerUser } from './server-user.ts';

/** Debian's two. They refuse logins with different codes. */
export type PgbouncerVersion = '1.18' | '1.24';

export interface StartPgbouncerOptions extends StartServerOptions {
  readonly version: PgbouncerVersion;
  /** Where it connects to, over verified TLS. */
  readonly server: LocalPostgres;
  /** Passwords by user name, its `auth_file`. They stay as they are until {@link LocalPgbouncer.setUsers}. */
  readonly users: Readonly<Record<string, string>>;
}

export interface LocalPgbouncer extends LocalServer {
  /** Writes `auth_file` again and has it read. */
  setUsers(users: Readonly<Record<string, string>>): Promise<void>;
  /** A command of the console: `SHOW VERSION`, `PAUSE`. */
  console(command: string): Promise<Record<string, unknown>[]>;
}

/** @throws Error with the end of its log if it does not start, or that says what to install. */
export const startPgbouncer = async (options: StartPgbouncerOptions): Promise<LocalPgbouncer> => {
  const { program, root } = await findPgbouncer(options.version, options.onProgress);
  // It refuses to run as root.
  const runAs = await findServerUser();
  const isReached = runAs === undefined || (await canRun(runAs, program));
  const parts = await makeParts(options, {
    label: 'PgBouncer',
    outputName: 'pgbouncer.log',
    endSignal: 'SIGTERM',
    runAs,
    holdsPrograms: !isReached,
  });
  return broughtUp(new PgbouncerServer(program, isReached ? undefined : root, parts), (server) => server.initialise());
};

export const findPgbouncer = async (
  version: PgbouncerVersion,
  onProgress?: (what: string) => void,
): Promise<{ readonly program: string; readonly root: string }> => {
  const { path: found, root } = await findPrograms(
    {
      label: `PgBouncer ${version}`,
      suite: version === '1.18' ? 'bookworm' : 'trixie',
      packages: ['pgbouncer'],
      programs: { pgbouncer: 'usr/sbin/pgbouncer' },
      versionOf: 'pgbouncer',
      // What another system has will be newer.
      version: version === '1.18' ? /PgBouncer 1\./ : /PgBouncer 1\.(2[4-9]|[3-9]\d)/,
      folders: ['/opt/homebrew/bin', '/usr/local/bin'],
      elsewhere: 'install it (macOS: brew install pgbouncer; Fedora: dnf install pgbouncer)',
    },
    onProgress,
  );
  return { program: found.pgbouncer, root: root ?? path.dirname(path.dirname(found.pgbouncer)) };
};

class PgbouncerServer extends ManagedServer<StartPgbouncerOptions> implements LocalPgbouncer {
  #program: string;
  readonly #copied: string | undefined;

  /** @param copied - the folder of the programs, where the server's user can't reach it. */
  constructor(program: string, copied: string | undefined, parts: ManagedServerParts<StartPgbouncerOptions>) {
    super(parts);
    this.#program = program;
    this.#copied = copied;
  }

  async initialise(): Promise<void> {
    const { server, settings = [], users } = this.options;
    const { folder } = this.process;
    if (this.#copied !== undefined) {
      const copy = path.join(folder, 'programs');
      await copyReadable(this.#copied, copy);
      this.#program = path.join(copy, path.relative(this.#copied, this.#program));
    }
    await this.writeCertificates();
    await this.process.write('server-ca.pem', server.ca);
    await this.#writeUsers(users);
    const lines = [
      '[databases]',
      `* = host=${server.host} port=${server.port}`,
      '[pgbouncer]',
      `listen_addr = ${this.host}`,
      `listen_port = ${this.port}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${folder}/users.txt`,
      `admin_users = ${this.adminUser}`,
      'client_tls_sslmode = require',
      `client_tls_cert_file = ${folder}/server.pem`,
      `client_tls_key_file = ${folder}/server-key.pem`,
      'server_tls_sslmode = verify-full',
      `server_tls_ca_file = ${folder}/server-ca.pem`,
      ...settings,
    ];
    await this.process.write('pgbouncer.ini', `${lines.join('\n')}\n`);
    await this.start();
  }

  async setUsers(users: Readonly<Record<string, string>>): Promise<void> {
    await this.#writeUsers(users);
    await this.console('RELOAD');
  }

  async console(command: string): Promise<Record<string, unknown>[]> {
    const { host, port, adminUser: user, adminPassword: password, ca } = this;
    const client = new pg.Client({ host, port, database: 'pgbouncer', user, password, ssl: { ca } });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(command)).rows;
    } finally {
      await client.end();
    }
  }

  async readLog(): Promise<string> {
    return readToMarker('PgBouncer', this.logFile, (marker) => this.console(`SHOW /* ${marker} */ VERSION`));
  }

  protected async start(): Promise<void> {
    const configuration = path.join(this.process.folder, 'pgbouncer.ini');
    await this.process.start([this.#program, configuration], () => this.console('SHOW VERSION'));
  }

  async #writeUsers(users: Readonly<Record<string, string>>): Promise<void> {
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const lines = Object.entries({ ...users, [this.adminUser]: this.adminPassword });
    await this.process.write('users.txt', lines.map(([name, word]) => `${quoted(name)} ${quoted(word)}\n`).join(''));
  }
}

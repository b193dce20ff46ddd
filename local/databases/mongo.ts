/** A server that speaks MongoDB's protocol for one run: TLS only, users with SCRAM, ended with its owner. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { MongoClient, type Document } from 'mongodb';
import { buildFerretdb } from './ferretdb-build.ts';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { broughtUp, makeParts, ManagedServer, type ManagedServerParts } from './managed-server.ts';

export interface StartMongoOptions extends Omit<StartServerOptions, 'settings'> {
  /** Further options of `ferretdb`: `--test-batch-size=10`. @default none */
  readonly settings?: readonly string[];
}

export interface LocalMongo extends LocalServer {
  /** Like {@link LocalServer.readLog}, without commands that succeed: their log always contains passwords. */
  readLog(): Promise<string>;
  /** Runs a command as the administrator. */
  command(command: Document, options?: { database?: string }): Promise<Document>;
}

/**
 * Starts FerretDB 1.24 over SQLite: no package registry has MongoDB's own server. Of MongoDB's users it has createUser,
 * updateUser, dropUser and usersInfo with SCRAM-SHA-1 and SCRAM-SHA-256, but no roles: `roles` must be empty, and every
 * user has all privileges. If the calling process dies without `stop()`, a watchdog ends the server and removes the
 * data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what to install.
 */
export const startMongo = async (options: StartMongoOptions): Promise<LocalMongo> => {
  const program = await buildFerretdb({ onProgress: options.onProgress });
  const parts = await makeParts(options, { label: 'FerretDB', outputName: 'mongo.log' });
  return broughtUp(new MongoServer(program, parts), (server) => server.initialise());
};

class MongoServer extends ManagedServer<StartMongoOptions> implements LocalMongo {
  readonly #program: string;

  constructor(program: string, parts: ManagedServerParts<StartMongoOptions>) {
    super(parts);
    this.#program = program;
  }

  async initialise(): Promise<void> {
    await this.writeCertificates();
    await mkdir(path.join(this.process.folder, 'data'), { mode: 0o700 });
    await this.start({
      FERRETDB_SETUP_DATABASE: 'admin',
      FERRETDB_SETUP_USERNAME: this.adminUser,
      FERRETDB_SETUP_PASSWORD: this.adminPassword,
    });
  }

  async command(command: Document, { database = 'admin' }: { database?: string } = {}): Promise<Document> {
    const client = new MongoClient(`mongodb://${this.host}:${this.port}/`, {
      tls: true,
      ca: this.ca,
      auth: { username: this.adminUser, password: this.adminPassword },
      authSource: 'admin',
      authMechanism: 'SCRAM-SHA-256',
      directConnection: true,
      serverSelectionTimeoutMS: 30_000,
      connectTimeoutMS: 30_000,
    });
    try {
      return await client.db(database).command(command);
    } finally {
      await client.close();
    }
  }

  async readLog(): Promise<string> {
    // The server writes a line before it answers.
    return readFile(this.logFile, 'utf8');
  }

  protected async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const { folder } = this.process;
    await this.process.start(
      [
        this.#program,
        '--handler=sqlite',
        `--sqlite-url=file:${folder}/data/`,
        '--state-dir=-',
        '--telemetry=disable',
        '--test-enable-new-auth',
        '--listen-addr=',
        '--debug-addr=-',
        `--listen-tls=${this.host}:${this.port}`,
        `--listen-tls-cert-file=${folder}/server.pem`,
        `--listen-tls-key-file=${folder}/server-key.pem`,
        ...(this.options.settings ?? []),
      ],
      () => this.command({ ping: 1 }),
      environment,
    );
  }
}

/** A server that speaks MongoDB's protocol for one run: TLS only, users with SCRAM, gone when its owner is. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import getPort from 'get-port';
import { MongoClient, type Document } from 'mongodb';
import { buildFerretdb } from './ferretdb-build.ts';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { makeServerProcess, type ServerProcess } from './server-process.ts';

export interface StartMongoOptions extends Omit<StartServerOptions, 'settings'> {
  /** Further options of `ferretdb`: `--test-batch-size=10`. @default none */
  readonly settings?: readonly string[];
}

export interface LocalMongo extends LocalServer {
  /** As {@link LocalServer.readLog}, but for commands that succeed: at no level are they logged without passwords. */
  readLog(): Promise<string>;
  /** Runs a command as the administrator. */
  command(command: Document, options?: { database?: string }): Promise<Document>;
}

const host = '127.0.0.1';
const adminUser = 'admin';

/**
 * Starts FerretDB 1.24 over SQLite: MongoDB's own server is in no package registry. Of MongoDB's users it has createUser,
 * updateUser, dropUser and usersInfo with SCRAM-SHA-1 and SCRAM-SHA-256, but no roles: `roles` must be empty, and every
 * user may do everything. Where the calling process dies without `stop()`, a watchdog ends the server and removes the
 * data.
 *
 * @throws Error with the end of the server's log where it does not come up, or that says what to install.
 */
export const startMongo = async (options: StartMongoOptions): Promise<LocalMongo> => {
  const program = await buildFerretdb({ onProgress: options.onProgress });
  const process_ = await makeServerProcess({
    label: 'FerretDB',
    logDirectory: options.logDirectory,
    outputName: 'mongo.log',
  });
  const server = new MongoServer(program, process_, await getPort({ host }), options);
  try {
    await server.initialise();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
};

class MongoServer implements LocalMongo {
  readonly host = host;
  readonly port: number;
  readonly adminUser = adminUser;
  readonly adminPassword = randomBytes(24).toString('base64url');
  readonly ca: string;
  readonly logFile: string;
  readonly #program: string;
  readonly #process: ServerProcess;
  readonly #options: StartMongoOptions;

  constructor(program: string, process_: ServerProcess, port: number, options: StartMongoOptions) {
    this.#program = program;
    this.#process = process_;
    this.#options = options;
    this.port = port;
    this.ca = options.certificates.ca;
    this.logFile = process_.outputFile;
  }

  async initialise(): Promise<void> {
    const { certificates } = this.#options;
    await this.#process.write('server.pem', certificates.cert);
    await this.#process.write('server-key.pem', certificates.key);
    await mkdir(path.join(this.#process.folder, 'data'), { mode: 0o700 });
    await this.#start({
      FERRETDB_SETUP_DATABASE: 'admin',
      FERRETDB_SETUP_USERNAME: adminUser,
      FERRETDB_SETUP_PASSWORD: this.adminPassword,
    });
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

  async command(command: Document, { database = 'admin' }: { database?: string } = {}): Promise<Document> {
    const client = new MongoClient(`mongodb://${host}:${this.port}/`, {
      tls: true,
      ca: this.ca,
      auth: { username: adminUser, password: this.adminPassword },
      authSource: 'admin',
      authMechanism: 'SCRAM-SHA-256',
      directConnection: true,
      serverSelectionTimeoutMS: 5_000,
      connectTimeoutMS: 5_000,
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

  async #start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const { folder } = this.#process;
    await this.#process.start(
      [
        this.#program,
        '--handler=sqlite',
        `--sqlite-url=file:${folder}/data/`,
        '--state-dir=-',
        '--telemetry=disable',
        '--test-enable-new-auth',
        '--listen-addr=',
        '--debug-addr=-',
        `--listen-tls=${host}:${this.port}`,
        `--listen-tls-cert-file=${folder}/server.pem`,
        `--listen-tls-key-file=${folder}/server-key.pem`,
        ...(this.#options.settings ?? []),
      ],
      () => this.command({ ping: 1 }),
      environment,
    );
  }
}

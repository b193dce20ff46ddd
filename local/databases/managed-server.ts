/** What the local servers share, each one process: folder, administrator, start and stop. */
import { randomBytes } from 'node:crypto';
import getPort from 'get-port';
import type { LocalServer, StartServerOptions } from './local-server.ts';
import { makeServerProcess, type ServerProcess, type ServerProcessOptions } from './server-process.ts';

export interface ManagedServerParts<Options extends StartServerOptions> {
  readonly process: ServerProcess;
  readonly port: number;
  readonly options: Options;
  /** @default a new one */
  readonly adminPassword?: string | undefined;
}

const host = '127.0.0.1';

/** A folder and a free port for a server before its start. */
export const makeParts = async <Options extends StartServerOptions>(
  options: Options,
  process: Omit<ServerProcessOptions, 'logDirectory'>,
): Promise<ManagedServerParts<Options>> => ({
  process: await makeServerProcess({ ...process, logDirectory: options.logDirectory }),
  port: await getPort({ host }),
  options,
});

/** The running server. After a failed start nothing is left. @throws what `up` throws. */
export const broughtUp = async <Server extends LocalServer>(
  server: Server,
  up: (server: Server) => Promise<void>,
): Promise<Server> => {
  try {
    await up(server);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
};

export abstract class ManagedServer<Options extends StartServerOptions> implements LocalServer {
  readonly host = host;
  readonly port: number;
  readonly adminUser: string = 'admin';
  readonly adminPassword: string;
  readonly ca: string;
  readonly logFile: string;
  readonly options: Options;
  protected readonly process: ServerProcess;

  constructor({ process, port, options, adminPassword }: ManagedServerParts<Options>) {
    this.process = process;
    this.options = options;
    this.port = port;
    this.adminPassword = adminPassword ?? randomBytes(24).toString('base64url');
    this.ca = options.certificates.ca;
    this.logFile = process.outputFile;
  }

  abstract readLog(): Promise<string>;

  async restart(): Promise<void> {
    await this.suspend();
    await this.start();
  }

  async suspend(): Promise<void> {
    await this.process.end();
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }

  async stop(): Promise<void> {
    await this.suspend();
    await this.process.remove();
  }

  /** Starts the process, and waits until the server answers. */
  protected abstract start(): Promise<void>;

  /** Writes `ca.pem`, `server.pem` and `server-key.pem` into the server's folder. */
  protected async writeCertificates(): Promise<void> {
    const { ca, cert, key } = this.options.certificates;
    await this.process.write('ca.pem', ca);
    await this.process.write('server.pem', cert);
    await this.process.write('server-key.pem', key);
  }
}

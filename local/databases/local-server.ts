/** What every local database server has in common. */
import type { LocalCertificates } from '../tls.ts';

export interface StartServerOptions {
  /** The server's certificate; its authority is what clients must trust. */
  readonly certificates: LocalCertificates;
  /** Where the logs are kept after {@link LocalServer.stop}. @default removed with the data */
  readonly logDirectory?: string;
  /** Further lines of the server's own configuration file. @default none */
  readonly settings?: readonly string[];
  /** Called when the server itself must be downloaded first. */
  readonly onProgress?: (what: string) => void;
}

/** A server on a free port of the loopback interface, its data in a folder that is removed with it. */
export interface LocalServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A user with all privileges. */
  readonly adminUser: string;
  readonly adminPassword: string;
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
  /** What the server logs; see {@link readLog}. */
  readonly logFile: string;
  /** Statements and logins, refused ones too, complete up to this call. The server must be up. */
  readLog(): Promise<string>;
  /** Stops the server if it runs; data and port stay for {@link restart}. */
  suspend(): Promise<void>;
  /** Kills the server as a power cut would, without a flush. Data and port stay. */
  kill(): Promise<void>;
  /** Stops the server if it runs, and starts it on the same port. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. Can be called twice. */
  stop(): Promise<void>;
}

/** A class of the driver that its own types leave out. */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { Document } from 'mongodb';

  export class Connection {
    command(namespace: unknown, command: Document, options?: unknown, responseType?: unknown): Promise<Document>;
  }
}

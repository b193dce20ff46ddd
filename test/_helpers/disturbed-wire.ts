/** Stands between a client and a server on the level of TCP, and disturbs the connection as a test tells it. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface WireTarget {
  readonly host: string;
  readonly port: number;
}

export interface DisturbedWire {
  readonly port: number;
  /** Connections are accepted, and nothing is passed on. Resolves once a client has connected. */
  swallow(): Promise<void>;
  /** The next connection is reset after so many bytes of the client. The one after it is passed on. */
  resetAfter(bytes: number): void;
  /** The port refuses connections until {@link heal}. */
  refuse(): Promise<void>;
  /** Passes on everything; open connections end. */
  heal(): Promise<void>;
  stop(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. */
export const startDisturbedWire = async (target: WireTarget): Promise<DisturbedWire> => {
  const sockets = new Set<Socket>();
  let swallows: (() => void) | undefined;
  let bytesUntilReset: number | undefined;

  const keep = (socket: Socket, end: () => void) => {
    sockets.add(socket);
    socket.on('error', end);
    socket.on('close', () => {
      sockets.delete(socket);
      end();
    });
  };
  const server = createServer((client) => {
    if (swallows) {
      keep(client, () => client.destroy());
      client.resume();
      swallows();
      return;
    }
    const upstream = connect(target.port, target.host);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    keep(client, end);
    keep(upstream, end);
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
    let left = bytesUntilReset;
    bytesUntilReset = undefined;
    client.on('data', (chunk: Buffer) => {
      if (left === undefined || chunk.length < left) {
        if (left !== undefined) left -= chunk.length;
        upstream.write(chunk);
        return;
      }
      upstream.write(chunk.subarray(0, left));
      client.resetAndDestroy();
    });
    upstream.on('data', (chunk) => client.write(chunk));
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    destroyAll();
    await closed;
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    swallow: () =>
      new Promise((connected) => {
        swallows = connected;
      }),
    resetAfter: (bytes) => {
      destroyAll();
      bytesUntilReset = bytes;
    },
    refuse: close,
    heal: async () => {
      swallows = undefined;
      bytesUntilReset = undefined;
      destroyAll();
      if (!server.listening) await listen(port);
    },
    stop: close,
  };
};

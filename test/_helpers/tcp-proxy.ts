/** Stands between a client and a server, and disturbs their connection where a test wants it disturbed. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Passes on so many more packets of clients, and after the last neither its answer nor anything else. */
  cutAfterWrites(count: number): void;
  /** The same, but nobody is told: connections stay, and are silent. New ones too. */
  swallowAfterWrites(count: number): void;
  /** Passes on so many more packets of clients; answers after that come so much later. */
  delayAfterWrites(count: number, delayMs: number): void;
  /** Passes on everything from here on, at once; what was cut or swallowed is gone. */
  heal(): void;
  stop(): Promise<void>;
}

/** How long the server may work on the last packet before the connection goes away. */
const settleMs = 100;

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let writesLeft = Infinity;
  let disturbance: 'cut' | 'swallow' | { readonly delayMs: number } = 'cut';
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(target.port, target.host);
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (chunk) => {
      if (writesLeft === 0 && typeof disturbance === 'string') return;
      if (writesLeft > 0) writesLeft -= 1;
      upstream.write(chunk);
      if (writesLeft === 0 && disturbance === 'cut') setTimeout(end, settleMs);
    });
    upstream.on('data', (chunk) => {
      if (writesLeft > 0) client.write(chunk);
      else if (typeof disturbance === 'object') {
        setTimeout(() => {
          if (client.writable) client.write(chunk);
        }, disturbance.delayMs);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cutAfterWrites: (count) => {
      disturbance = 'cut';
      writesLeft = count;
    },
    swallowAfterWrites: (count) => {
      disturbance = 'swallow';
      writesLeft = count;
    },
    delayAfterWrites: (count, delayMs) => {
      disturbance = { delayMs };
      writesLeft = count;
    },
    heal: () => {
      for (const socket of sockets) socket.destroy();
      disturbance = 'cut';
      writesLeft = Infinity;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** Stands between a client and a server and cuts their connection where a test wants it cut. */
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections so far. */
  readonly connections: number;
  /** Passes on so many more packets of clients, and after the last neither its answer nor anything else. */
  cutAfterWrites(count: number): void;
  stop(): Promise<void>;
}

/** How long the server may work on the last packet before the connection goes away. */
const settleMs = 100;

export const startTcpProxy = async (target: { host: string; port: number }): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let writesLeft = Infinity;
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
      if (writesLeft === 0) return;
      writesLeft -= 1;
      upstream.write(chunk);
      if (writesLeft === 0) setTimeout(end, settleMs);
    });
    upstream.on('data', (chunk) => {
      if (writesLeft > 0) client.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cutAfterWrites: (count) => {
      writesLeft = count;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

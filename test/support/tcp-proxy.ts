import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterAll } from '@jest/globals';

/** A way to a server of this machine, on which connections can be held up. */
export interface TcpProxy {
  /** Like the server's. */
  readonly url: string;
  /** Those that are open. */
  readonly connections: ReadonlySet<Connection>;
}

export interface Connection {
  /** Lets nothing through any more, in either direction, and does not end it. */
  readonly stall: () => void;
}

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** Ends with the tests of the file. */
export async function startTcpProxy(server: string): Promise<TcpProxy> {
  const { protocol, hostname, port } = new URL(server);
  const connections = new Set<Connection>();
  const sockets = new Set<Socket>();
  const proxy = net.createServer((near) => {
    const far = net.connect(Number(port), hostname);
    const connection: Connection = {
      stall: () => {
        for (const socket of [near, far]) socket.unpipe().pause();
      },
    };
    connections.add(connection);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroy();
        sockets.delete(from);
        connections.delete(connection);
      });
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { url: `${protocol}//127.0.0.1:${(proxy.address() as AddressInfo).port}`, connections };
}

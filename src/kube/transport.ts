import type { Socket } from 'node:net';
import { SlipwayError } from '../errors.ts';
import type { Transport } from './http.ts';
import { createHttp1 } from './http1.ts';
import { createHttp2 } from './http2.ts';

/** Makes connections: the first one shows which protocol the server speaks. */
export function createTransport(server: URL, connect: () => Promise<Socket>): Transport {
  let chosen: Promise<Transport> | undefined;
  let isClosed = false;
  const choose = async (): Promise<Transport> => {
    const first = await connect();
    const isHttp2 = 'alpnProtocol' in first && first.alpnProtocol === 'h2';
    if (!isHttp2) first.destroy();
    const transport = isHttp2 ? createHttp2(server, connect, first) : createHttp1(server, connect);
    if (isClosed) transport.close();
    return transport;
  };
  return {
    send: async (request) => {
      request.signal?.throwIfAborted();
      if (isClosed) throw closedError();
      chosen ??= choose().catch((error: unknown) => {
        chosen = undefined;
        throw error;
      });
      return (await chosen).send(request);
    },
    close: () => {
      isClosed = true;
      chosen?.then(
        (transport) => {
          transport.close();
        },
        () => undefined,
      );
    },
  };
}

function closedError(): SlipwayError {
  return new SlipwayError({
    code: 'kube/closed',
    message: 'The client was closed before this request.',
    exitStatus: 3,
  });
}

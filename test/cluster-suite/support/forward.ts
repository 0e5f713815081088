import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { pipeline } from 'node:stream';
import type { Cluster } from './cluster.ts';

export interface Forward {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A loopback port on this machine that leads to a port of a pod; each connection gets a port-forward of its own. */
export async function forwardPort(
  { kube }: Cluster,
  pod: { readonly namespace: string; readonly name: string },
  port: number,
): Promise<Forward> {
  const stopped = new AbortController();
  const server = createServer((socket) => {
    kube.portForward(pod, port, stopped.signal).then(
      (stream) => {
        pipeline(socket, stream, () => socket.destroy());
        pipeline(stream, socket, () => stream.destroy());
      },
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${own}`,
    port: own,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

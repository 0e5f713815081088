import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Caller } from './caller.ts';
import type { Decide } from './plan.ts';

/** A listening proxy for HTTP/1.0 and 1.1: the one forwarding core of routers and gateways. */
export interface Forwarder {
  readonly port: number;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

export interface ForwarderOptions {
  /** Given the port that it listens on. */
  readonly decide: (port: number) => Decide;
  /** 0, by default, takes a free one. */
  readonly port?: number;
}

/** Listens on loopback. There are no time-outs: silence is the business of caller and service. */
export async function startForwarder(options: ForwarderOptions): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  let decide: Decide | null = null;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    if (decide === null) return;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    new Caller(socket, decide);
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  decide = options.decide(port);
  return {
    port,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

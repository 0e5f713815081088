import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly ready: () => boolean;
  readonly metrics: () => string;
}

/** `GET /livez`, `/readyz`, `/metrics` on all addresses of the pod, until the signal aborts. Returns the port. */
export async function serveHealth(options: HealthOptions, signal: AbortSignal): Promise<number> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    };
    if (request.method !== 'GET') answer(405, 'GET only\n');
    else if (request.url === '/livez') answer(200, 'ok\n');
    else if (request.url === '/readyz')
      answer(options.ready() ? 200 : 503, options.ready() ? 'ok\n' : 'not ready\n');
    else if (request.url === '/metrics') answer(200, options.metrics());
    else answer(404, 'not found\n');
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, resolve);
  });
  signal.addEventListener(
    'abort',
    () => {
      server.close();
      server.closeAllConnections();
    },
    { once: true },
  );
  return (server.address() as AddressInfo).port;
}

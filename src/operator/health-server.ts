import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Why it is not ready; null where it is. */
  readonly trouble: () => string | null;
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
    else if (request.url === '/readyz') {
      const trouble = options.trouble();
      // What the kubelet shows of it in an Event of the pod.
      answer(trouble === null ? 200 : 503, `${trouble ?? 'ok'}\n`);
    } else if (request.url === '/metrics') answer(200, options.metrics());
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

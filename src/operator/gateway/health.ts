import { createServer, type Server } from 'node:http';

export interface Health {
  ready(): boolean;
  /** Prometheus' text format. */
  metrics(): string;
}

/** `/livez`, `/readyz` and `/metrics` on the pod's address; nothing else of the gateway is reached there. */
export function healthServer({ ready, metrics }: Health): Server {
  return createServer((request, response) => {
    const say = (status: number, text: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
    };
    if (request.method !== 'GET') say(405, 'GET only\n');
    else if (request.url === '/livez') say(200, 'ok\n');
    else if (request.url === '/readyz') say(ready() ? 200 : 503, ready() ? 'ok\n' : 'not ready\n');
    else if (request.url === '/metrics') say(200, metrics());
    else say(404, 'not found\n');
  });
}

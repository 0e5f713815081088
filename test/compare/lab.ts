import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { SeatrialError } from '../../src/errors.ts';
import { baselineKey, mintKey } from '../../src/routing/key.ts';
import { type Router, startRouter } from '../../src/routing/node-router.ts';
import { HopRecorder } from '../../src/routing/recorder.ts';
import { RoutingTable } from '../../src/routing/table.ts';
import type { Engine } from '../../src/sandbox/engine.ts';

interface Reply {
  readonly status: number;
  readonly json: unknown;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly body: string;
  /** Calls another service of the lab and passes the baggage on, as OpenTelemetry would. */
  readonly ask: (service: string, path: string) => Promise<Reply>;
  readonly json: (value: unknown, status?: number, headers?: Record<string, string>) => void;
  readonly response: ServerResponse;
}
export type Handler = (call: Call) => void | Promise<void>;

/** Real services behind real routers, with the part of the Engine port that a run uses. */
export class Lab {
  readonly key = mintKey();
  readonly table = new RoutingTable();
  recorder = new HopRecorder();
  /** What `endpoint` says of the sandbox from now on. */
  gone: SeatrialError | null = null;
  readonly #routers = new Map<string, Router>();
  readonly #servers: Server[] = [];

  static async start(baseline: Record<string, Handler>, forks: Record<string, Handler>): Promise<Lab> {
    const lab = new Lab();
    lab.table.markLoaded();
    for (const [service, handler] of Object.entries(baseline)) {
      const address = await lab.#listen(handler);
      const recorder = {
        open: (...args: Parameters<HopRecorder['open']>) => lab.recorder.open(...args),
      } as HopRecorder;
      const router = await startRouter({ service, table: lab.table, recorder, baseline: () => address });
      lab.#routers.set(service, router);
    }
    for (const [service, handler] of Object.entries(forks)) {
      const address = await lab.#listen(handler);
      lab.table.setFork(service, lab.key, { address, instance: `${service}-1`, sandbox: 'pr-42' });
    }
    return lab;
  }

  get engine(): Engine {
    const part: Pick<Engine, 'endpoint' | 'receipts'> = {
      endpoint: async (service, side) => {
        const router = this.#routers.get(service);
        if (router === undefined) {
          throw new SeatrialError('unknown-service', {
            what: `No service ${service}.`,
            next: 'Name another.',
          });
        }
        if (side.kind === 'sandbox' && this.gone !== null) throw this.gone;
        const key = side.kind === 'sandbox' ? this.key : baselineKey;
        const origin = `http://127.0.0.1:${router.port}`;
        return { origin, host: service, headers: [['baggage', `seatrial=${key}`]] };
      },
      receipts: async ({ side, ...query }) =>
        this.recorder.receipt(side.kind === 'sandbox' ? this.key : baselineKey, query),
    };
    return part as Engine;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all([...this.#routers.values()].map((router) => router.close()));
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  async #listen(handler: Handler): Promise<{ host: string; port: number }> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const json: Call['json'] = (value, status = 200, headers = {}) =>
          response
            .writeHead(status, { 'content-type': 'application/json', ...headers })
            .end(JSON.stringify(value));
        const ask: Call['ask'] = (service, path) =>
          callService(this.#routers.get(service)?.port ?? 0, service, path, request.headers.baggage);
        Promise.resolve(handler({ request, body, ask, json, response })).catch(() => response.destroy());
      });
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }
}

function callService(
  port: number,
  host: string,
  path: string,
  baggage: string | string[] | undefined,
): Promise<Reply> {
  const headers = { host, ...(baggage === undefined ? {} : { baggage }) };
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  httpRequest({ port, host: '127.0.0.1', path, agent: false, headers }, (response) => {
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, json: JSON.parse(text || 'null') }));
  })
    .on('error', reject)
    .end();
  return promise;
}

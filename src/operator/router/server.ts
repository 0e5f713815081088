import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { RouterPort, RouterReceipt, RouterRoutes } from '../agent-api.ts';

/** What the server answers from. */
export interface AgentState {
  ready(): boolean;
  /** What keeps it from knowing its namespace. */
  trouble(): string | null;
  routes(sandbox: string, after: number, waitMs: number, signal: AbortSignal): Promise<RouterRoutes>;
  tombstoned(key: string): boolean;
  enrolled(): Promise<readonly RouterPort[]>;
  receipt(key: string, query: { correlations?: readonly string[]; hops: number }): Promise<RouterReceipt>;
  metrics(): string;
}

const longestWaitMs = 60_000;
const mostHops = 500;
const count = (most: number) => z.coerce.number().int().min(0).max(most).default(0);
const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/);
const routesQuery = z.object({
  sandbox: name.default(''),
  after: count(Number.MAX_SAFE_INTEGER),
  wait: count(longestWaitMs),
});
const keyQuery = z.object({ key: z.string().regex(/^[a-z0-9-]{20}$/) });
const receiptQuery = keyQuery.extend({
  correlation: z.array(z.string().regex(/^[a-z0-9]{8}$/)),
  hops: count(mostHops),
});

/** Serves `agent-api.ts` until it is closed. Read-only. */
export async function startAgentServer(
  state: AgentState,
  address: { readonly host: string; readonly port: number },
): Promise<Server> {
  // A receipt may be asked for many correlations at once: they stand in the path.
  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
    answer(state, request, response).catch(() => send(response, 500, { error: 'internal' }));
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return server;
}

async function answer(state: AgentState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://agent');
  if (request.method !== 'GET') return send(response, 405, { error: 'read-only' });
  const query = Object.fromEntries(url.searchParams);
  switch (url.pathname) {
    case '/livez':
      return send(response, 200, { live: true });
    case '/readyz':
      return send(response, state.ready() ? 200 : 503, { ready: state.ready(), trouble: state.trouble() });
    case '/metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(state.metrics());
      return;
    case '/v1/enrolled':
      return send(response, 200, await state.enrolled());
    case '/v1/tombstones': {
      const asked = keyQuery.safeParse(query);
      if (!asked.success) return refuse(response, asked.error);
      return send(response, 200, { loaded: state.tombstoned(asked.data.key) });
    }
    case '/v1/routes': {
      const asked = routesQuery.safeParse(query);
      if (!asked.success) return refuse(response, asked.error);
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const { sandbox, after, wait } = asked.data;
      return send(response, 200, await state.routes(sandbox, after, wait, gone.signal));
    }
    case '/v1/receipts': {
      const correlation = url.searchParams.getAll('correlation');
      const asked = receiptQuery.safeParse({ ...query, correlation });
      if (!asked.success) return refuse(response, asked.error);
      const { key, hops } = asked.data;
      const wanted = correlation.length === 0 ? {} : { correlations: asked.data.correlation };
      return send(response, 200, await state.receipt(key, { ...wanted, hops }));
    }
    default:
      return send(response, 404, { error: 'not-found' });
  }
}

function refuse(response: ServerResponse, error: z.ZodError): void {
  send(response, 400, { error: 'bad-query', what: z.prettifyError(error) });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

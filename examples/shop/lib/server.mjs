import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { withIncoming } from './telemetry.mjs';

/** An answer other than 200 that a route gives by throwing it. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Starts a service on PORT. `routes` are `[method, '/items/:sku', handler]`; a handler gets `{ params, query, headers,
 * json }` and gives `{ status?, body }`, or throws a Refusal.
 */
export function serve(name, routes) {
  const table = routes.map(([method, pattern, handler]) => ({
    method,
    handler,
    matcher: new RegExp(`^${pattern.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  }));
  const server = createServer((request, response) => {
    withIncoming(request.headers, () => answer(table, request, response)).catch(() => response.destroy());
  });
  server.listen(Number(process.env.PORT ?? 0), process.env.HOST ?? '127.0.0.1', () => {
    process.stdout.write(`${name} listens on ${server.address().port}\n`);
  });
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
}

async function answer(table, request, response) {
  const url = new URL(request.url, 'http://service');
  if (url.pathname === '/healthz') return send(response, 200, { ok: true });
  try {
    const route = table.find((each) => each.method === request.method && each.matcher.test(url.pathname));
    if (route === undefined) throw new Refusal(404, 'no such page');
    const { status = 200, body } = await route.handler({
      params: { ...route.matcher.exec(url.pathname).groups },
      query: url.searchParams,
      headers: request.headers,
      json: await readJson(request),
    });
    send(response, status, body);
  } catch (error) {
    if (!(error instanceof Refusal)) process.stderr.write(`${error.stack}\n`);
    send(response, error.status ?? 500, {
      error: error instanceof Refusal ? error.message : 'internal error',
    });
  }
}

function send(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    etag: `"${createHash('sha1').update(text).digest('base64url')}"`,
    'x-request-id': randomUUID(),
  });
  response.end(text);
}

async function readJson(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > 100_000) throw new Refusal(413, 'too much');
    chunks.push(chunk);
  }
  if (size === 0) return null;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Refusal(400, 'not JSON');
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectHost, type HostClient } from '../../src/host/client.ts';
import { git, processesOf, type Scratch, scratch, until } from './support.ts';

export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Two services: `shop` asks `price`, and hands the key on. */
const files: Record<string, string> = {
  'seatrial.yaml': `
services:
  price:
    paths: [price/**]
    command: exec node price/server.mjs
    ready: /healthz
  shop:
    paths: [shop/**]
    command: exec node shop/server.mjs
    ready: /healthz
    env: { PRICE_URL: "{{ services.price.url }}" }
`,
  'price/server.mjs': `
import { createServer } from 'node:http';
const wait = (name) => new Promise((resolve) => setTimeout(resolve, Number(process.env[name] ?? 0)));
await wait('START_MS');
createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  if (request.headers.baggage) await wait('DELAY_MS');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ sku: request.url.slice(1), cents: 1250, at: Date.now() }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => wait('STOP_MS').then(() => process.exit(0)));
`,
  'shop/server.mjs': `
import { createServer } from 'node:http';
createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  const { baggage } = request.headers;
  const answer = await fetch(process.env.PRICE_URL + '/mug', { headers: baggage ? { baggage } : {} });
  const price = await answer.json();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ total: price.cents * 2, price }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
  'plans/cart.md': `---
seatrial: 1
name: cart
selectionHint: Checks the total of a cart. Pick when price or shop changes.
covers: { services: [price, shop] }
---
# The cart adds up
## The total is twice the price

\`\`\`yaml step
id: total
http: { service: shop, method: GET, path: /cart }
expect:
  status: 200
  body:
    $.total: 2500
\`\`\`

## The answers stay as they were

\`\`\`yaml step
id: same
smart_diff:
  steps: [total]
\`\`\`
`,
};

export interface Shop extends Scratch {
  readonly client: HostClient;
  /** Another client, in this or another working tree. */
  connect(workingTree?: string, extra?: Record<string, string>): Promise<HostClient>;
  write(file: string, text: string, workingTree?: string): void;
  edit(file: string, from: string, to: string, workingTree?: string): void;
  /** Ends what is left, and fails where the host did not end by itself. */
  end(): Promise<void>;
}

/** A repository with two services under \`main\`, and a client of its host. */
export async function shop(extra: Record<string, string> = {}): Promise<Shop> {
  const place = scratch(extra);
  const write = (file: string, text: string, workingTree = place.repo) => {
    mkdirSync(dirname(join(workingTree, file)), { recursive: true });
    writeFileSync(join(workingTree, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  git(place.repo, 'add', '-A');
  git(place.repo, 'commit', '-q', '-m', 'shop');
  const connect = (workingTree = place.repo, more: Record<string, string> = {}) =>
    connectHost({
      workingTree,
      env: { ...place.env, ...more },
      entry: { execPath: process.execPath, main },
      version: versionOf(main),
      signal: new AbortController().signal,
      startMs: 20_000,
      helloMs: 20_000,
    });
  return {
    ...place,
    client: await connect(),
    connect,
    write,
    edit(file, from, to, workingTree = place.repo) {
      const text = readFileSync(join(workingTree, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${file} holds no ${from}`);
      writeFileSync(join(workingTree, file), text.replace(from, to));
    },
    async end() {
      // Sandboxes that a test left would keep it alive until their leases end.
      for (const { pid, command } of processesOf(place.root)) {
        if (command.includes(' host --repository ')) process.kill(pid, 'SIGTERM');
      }
      try {
        await until('the host and all that it started to end', () => processesOf(place.root).length === 0);
      } finally {
        for (const { pid } of processesOf(place.root)) process.kill(pid, 'SIGKILL');
        place.remove();
      }
    },
  };
}

function versionOf(entry: string): string {
  const text = readFileSync(new URL('../package.json', `file://${entry}`), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

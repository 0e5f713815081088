/**
 * Two services: `front` asks `price`, and hands the key on, but for the routes that are there to get it wrong. What
 * scenarios change lies in `price/quote.mjs`. `GATE` is a folder by which a test stops a request in its middle.
 */
export function serviceFiles(gate: string): Readonly<Record<string, string>> {
  return {
    'seatrial.yaml': `
services:
  price:
    paths: [price/**]
    command: exec node price/server.mjs
    ready: /healthz
    openapi: price/openapi.json
    env: { GATE: "${gate}" }
  front:
    paths: [front/**]
    command: exec node front/server.mjs
    ready: /healthz
    env: { GATE: "${gate}", PRICE_URL: "{{ services.price.url }}" }
`,
    'price/openapi.json': '{ "openapi": "3.1.0", "paths": { "/price": { "get": { "parameters": [] } } } }',
    'price/quote.mjs': `export const headers = { 'x-tier': 'edge' };
export const quote = () => ({ sku: 'mug', cents: 1250 });
export const flip = (asked) => asked % 2 === 0;
export const fails = (path) => false;
`,
    'price/server.mjs': `
import { createServer } from 'node:http';
import { fails, flip, headers, quote } from './quote.mjs';
let asked = 0;
createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  if (fails(request.url)) return response.writeHead(500).end('no JSON');
  if (request.url === '/flip') response.statusCode = flip(asked++) ? 200 : 500;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ...quote(), at: Date.now() }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
    'front/server.mjs': `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const { GATE, PORT, PRICE_URL } = process.env;
const keyOf = (baggage) => /seatrial=([a-z0-9-]{20})/.exec(baggage ?? '')?.[1];

async function price(baggage) {
  const answer = await fetch(PRICE_URL + '/price', { headers: baggage ? { baggage } : {} });
  return await answer.json();
}

const routes = {
  '/cart': ({ baggage }) => price(baggage),
  '/stray': () => price(undefined),
  '/foreign': ({ baggage }) => price(baggage.replace(keyOf(baggage), readFileSync(GATE + '/key', 'utf8'))),
  '/about': () => ({ cents: 0 }),
  '/soft': async ({ baggage }) => {
    try {
      return await price(baggage);
    } catch {
      return { cents: 1250 };
    }
  },
  '/gate': async () => {
    writeFileSync(GATE + '/arrived', '');
    while (!existsSync(GATE + '/open')) await sleep(5);
    return { cents: 0 };
  },
};

createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  try {
    const found = await routes[request.url](request.headers);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ total: found.cents * 2 }));
  } catch (error) {
    response.statusCode = 502;
    response.end(JSON.stringify({ error: String(error) }));
  }
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
  };
}

/** A plan of these steps. `covers` names services; null covers all. */
export function planText(name: string, covers: readonly string[] | null, steps: readonly string[]): string {
  const covered = covers === null ? '' : `covers: { services: [${covers.join(', ')}] }\n`;
  const blocks = steps.map((step) => `\`\`\`yaml step\n${step.trim()}\n\`\`\`\n`);
  return `---\nseatrial: 1\nname: ${name}\nselectionHint: A scenario of the guards.\n${covered}---\n# Guard\n\n${blocks.join('\n')}`;
}

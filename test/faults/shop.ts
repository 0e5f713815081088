/** Two services, `shop` asks `price` and hands the key on; the smallest system in which a fault can show. */
export const shopFiles: Readonly<Record<string, string>> = {
  'seatrial.yaml': `
services:
  price:
    paths: [price/**]
    command: exec node price/server.mjs
    ready: /healthz
    readySeconds: 20
    stopSeconds: 1
  shop:
    paths: [shop/**]
    command: exec node shop/server.mjs
    ready: /healthz
    stopSeconds: 1
    env: { PRICE_URL: "{{ services.price.url }}" }
secrets:
  buyer: { env: BUYER_TOKEN }
`,
  'price/server.mjs': `
import { createServer } from 'node:http';
const answers = {
  '/healthz': (response) => response.end('ok'),
  '/slow': (response) => setTimeout(() => response.end('{ "cents": 7 }'), 400),
  '/break': (response) => response.socket.destroy(),
};
createServer((request, response) => {
  const answer = answers[request.url];
  if (answer !== undefined) return answer(response);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ sku: request.url.slice(1), cents: 1250 }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
  'shop/server.mjs': `
import { createServer } from 'node:http';
createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  const { baggage } = request.headers;
  const answer = await fetch(process.env.PRICE_URL + request.url, { headers: baggage ? { baggage } : {} });
  const price = await answer.json();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ total: price.cents * 2 }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
  'plans/cart.md': plan('cart', [
    'id: total\nhttp: { service: shop, path: /mug }\nexpect: { status: 200 }',
    'id: same\nsmart_diff: { steps: [total] }',
  ]),
  'plans/sku.md': plan(
    'sku',
    ['id: one\nhttp: { service: price, path: "/{{ params.sku }}" }\nexpect: { status: 200 }'],
    'params: { sku: { type: string, default: mug }, count: { type: integer, default: 1 } }\n',
  ),
  'plans/signed.md': plan('signed', [
    'id: one\nhttp: { service: price, path: /mug, headers: { authorization: "Bearer {{ secrets.buyer }}" } }\nexpect: { status: 200 }',
  ]),
};

/** A plan file with these steps, each YAML. */
export function plan(name: string, steps: readonly string[], frontmatter = ''): string {
  const blocks = steps.map((step, index) => `## Step ${index + 1}\n\n\`\`\`yaml step\n${step}\n\`\`\`\n`);
  return `---
seatrial: 1
name: ${name}
selectionHint: Checks ${name}.
${frontmatter}---
# ${name}
${blocks.join('\n')}`;
}

/** What replaces `price`'s answer to its own requests: JavaScript with `request` and `response`. */
export const priceAnswer =
  "response.setHeader('content-type', 'application/json');\n  response.end(JSON.stringify({ sku: request.url.slice(1), cents: 1250 }));";

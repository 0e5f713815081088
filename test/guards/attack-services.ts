/** Two services; what an attack changes lies in `price/handle.mjs`, and each route of `price` is one of its functions. */
export function attackFiles(): Readonly<Record<string, string>> {
  return {
    'seatrial.yaml': `
services:
  price:
    paths: [price/**]
    command: exec node price/server.mjs
    ready: /healthz
  front:
    paths: [front/**]
    command: exec node front/server.mjs
    ready: /healthz
    env: { PRICE_URL: "{{ services.price.url }}" }
`,
    'price/handle.mjs': handle,
    'price/server.mjs': `
import { createServer } from 'node:http';
import * as routes from './handle.mjs';
let asked = 0;
const server = createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  const answer = routes[request.url.slice(1)](asked++);
  if (answer === null) return request.socket.destroy();
  if (answer === 'nothing') return;
  if (answer === 'half') {
    response.writeHead(200, { 'content-length': '100' });
    return response.write('{', () => request.socket.destroy());
  }
  await new Promise((resolve) => setTimeout(resolve, answer.afterMs ?? 0));
  response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
});
// As Python's and Go's servers, it answers a caller that has closed its half.
server.httpAllowHalfOpen = true;
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
    'front/server.mjs': `
import { createServer } from 'node:http';
const { PORT, PRICE_URL } = process.env;
createServer(async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  const { baggage } = request.headers;
  const cents = async () => {
    const signal = AbortSignal.timeout(500);
    const answer = await fetch(PRICE_URL + '/quote', { headers: baggage ? { baggage } : {}, signal });
    return (await answer.json()).cents ?? Promise.reject(new Error('no price'));
  };
  const soft = () => cents().catch(() => 1250);
  const again = () => cents().catch(cents);
  const found = request.url === '/soft' ? await soft() : request.url === '/again' ? await again() : await cents();
  response.end(JSON.stringify({ total: found * 2 }));
}).listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`,
  };
}

const handle = `export const quote = () => ({ cents: 1250 });
export const broken = () => ({ status: 500 });
export const flaky = (asked) => ({ status: asked % 2 ? 500 : 200 });
export const dead = (asked) => (asked % 2 ? null : {});
const startedAt = new Date().toISOString();
export const who = () => ({ pid: process.pid, port: process.env.PORT, startedAt });
export const large = () => ({ cents: 1250, at: process.hrtime().join(), fill: 'x'.repeat(1_500_000) });
`;

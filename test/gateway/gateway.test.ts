import { expect, onTestFinished, test } from 'vitest';
import { SeatrialError } from '../../src/errors.ts';
import { type Gateway, openGateway } from '../../src/gateway/gateway.ts';
import { baselineKey } from '../../src/routing/key.ts';
import type { Address } from '../../src/routing/table.ts';
import {
  deadAddress,
  headerOf,
  get as httpGet,
  httpService,
  keyA,
  RawCaller,
  rawRequest,
  rawService,
  routed,
} from '../routing/support.ts';

interface Options {
  readonly sideName?: string;
  readonly key?: string;
}

async function gatewayTo(upstream: () => Address, options: Options = {}): Promise<Gateway> {
  const { sideName = 'pr-1', key = keyA } = options;
  const gateway = await openGateway({ service: 'pricing', sideName, key, upstream, serviceHost: 'pricing' });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** A service that answers with the head it got. */
function mirror(): Promise<Address> {
  return rawService((socket) => {
    socket.once('data', (bytes: Buffer) => {
      const length = `Content-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`;
      socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${length}`), bytes]));
    });
  });
}

/** The head that the service sees of a request through a gateway, as text. */
async function seen(head: string, options: Options = {}): Promise<string> {
  const service = await mirror();
  const { port } = await gatewayTo(() => service, options);
  const answer = await rawRequest({ host: '127.0.0.1', port }, head.replaceAll('PORT', String(port)));
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

const plain = 'GET /a?b HTTP/1.1\r\nX-First: 1\r\nhOST: 127.0.0.1:PORT\r\nACCEPT: */*\r\n';

test('the service sees its own name as Host, in its place, and the key in the baggage', async () => {
  const head = await seen(`${plain}\r\n`);
  expect(head.replace(/\.[a-z0-9]{8}\r/, '.<minted>\r')).toBe(
    `GET /a?b HTTP/1.1\r\nX-First: 1\r\nhOST: pricing\r\nACCEPT: */*\r\nbaggage: seatrial=${keyA}.<minted>\r\n\r\n`,
  );
});

test('both sides put on headers of equal names and lengths', async () => {
  const shape = (head: string) => head.replace(/seatrial=[a-z0-9-]{20}\.[a-z0-9]{8}/, 'seatrial=<key>');
  const sandbox = await seen(`${plain}\r\n`, { sideName: 'a-long-name-of-a-sandbox' });
  const baseline = await seen(`${plain}\r\n`, { sideName: 'baseline', key: baselineKey });
  expect(baseline.length).toBe(sandbox.length);
  expect(shape(baseline)).toBe(shape(sandbox));
});

test('a correlation of the caller stays under the same key, and baggage of others in any case', async () => {
  const head = await seen(`${plain}Baggage: user=7;p, seatrial=${keyA}.mine1234\r\nbaggage: b=2\r\n\r\n`);
  expect(head).toContain(`Baggage: seatrial=${keyA}.mine1234,user=7;p\r\nbaggage: b=2\r\n`);
});

test('a correlation under another key, and what else carries a key, goes', async () => {
  const other = 'bbbbbbbbbbbbbbbbbbbb.mine1234';
  const carriers = `x-seatrial-key: ${other}\r\ntracestate: v=1,seatrial=${other}\r\nbaggage: seatrial=${other},u=7\r\n`;
  const head = await seen(`${plain}${carriers}\r\n`);
  expect(head).not.toContain('bbbb');
  expect(head).not.toContain('mine1234');
  expect(head).not.toContain('x-seatrial-key');
  expect(head).toContain('tracestate: v=1\r\n');
  expect(head).toMatch(/baggage: seatrial=a{20}\.[a-z0-9]{8},u=7\r\n/);
});

test('each request gets a correlation of its own', async () => {
  const fork = await httpService((_, answer) => answer.end('fork'));
  const { address, recorder } = await routed(null, { [keyA]: fork });
  const { port } = await gatewayTo(() => address);
  for (let n = 0; n < 5; n += 1) await httpGet({ host: '127.0.0.1', port });
  const { counts } = recorder.receipt(keyA);
  expect(new Set(counts.map(({ correlation }) => correlation)).size).toBe(5);
  expect(counts.every(({ destination, count }) => destination === 'fork' && count === 1)).toBe(true);
});

test.for([
  '127.0.0.1:PORT',
  'localhost:PORT',
  'pricing.pr-1.localhost:PORT',
  'LOCALHOST:PORT',
  'Pricing.PR-1.localhost:PORT',
])('it answers as %s', async (host) => {
  expect(await seen(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toContain('Host: pricing\r\n');
});

test.for([
  'evil.example',
  'evil.example:PORT',
  '127.0.0.1',
  '127.0.0.1:1',
  'localhost',
  'tax.pr-1.localhost:PORT',
  'pricing.pr-2.localhost:PORT',
  'pricing.pr-1.localhost:PORT.evil.example',
  '127.0.0.1:PORT@evil.example',
  '[::1]:PORT',
  '',
])('a request for host "%s" is misdirected, whatever it resolves to', async (host) => {
  await neverForwards(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, 421);
});

test('a request without Host, or for an address in full, is refused', async () => {
  await neverForwards('GET / HTTP/1.0\r\n\r\n', 421);
  await neverForwards(
    'GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n',
    400,
  );
  await neverForwards('CONNECT db:1 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\n\r\n', 400);
});

test.for([
  'Origin: https://evil.example',
  'Origin: null',
  'Origin: http://127.0.0.1.evil.example',
  'Origin: http://pr-1.localhost.evil.example',
  'Origin: http://shop.pr-2.localhost',
  'Origin: file://',
  'Origin: chrome-extension://localhost',
  'Sec-Fetch-Site: cross-site',
  'sec-fetch-site: Cross-Site',
])('a page of another site gets nothing: %s', async (header) => {
  await neverForwards(`${plain}Connection: close\r\n${header}\r\n\r\n`, 403);
});

test.for([
  'Origin: http://127.0.0.1:PORT',
  'Origin: http://localhost:3000',
  'Origin: http://shop.pr-1.localhost:1234',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-Site: same-site',
  'Sec-Fetch-Site: none',
])('a page of the same site passes: %s', async (header) => {
  expect(await seen(`${plain}${header}\r\n\r\n`)).toContain('Host: pricing'.replace('Host', 'hOST'));
});

async function neverForwards(request: string, status: number): Promise<void> {
  let connections = 0;
  const service = await rawService(() => {
    connections += 1;
  });
  const { port } = await gatewayTo(() => service);
  const answer = await rawRequest({ host: '127.0.0.1', port }, request.replaceAll('PORT', String(port)));
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.split('\r\n\r\n')[1]).not.toBe('');
  expect(connections).toBe(0);
}

test('nothing is sent for a sandbox that is not ready, and the text says what to do', async () => {
  const { port } = await gatewayTo(() => {
    throw new SeatrialError('sandbox-not-ready', {
      what: 'Sandbox pr-1 is still provisioning.',
      next: 'Call provision_sandbox with sandbox: pr-1 to wait for it.',
    });
  });
  const got = await httpGet({ host: '127.0.0.1', port }, [], { method: 'POST', body: 'x' });
  expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([503, 'sandbox-not-ready']);
  expect(got.body).toContain('Call provision_sandbox with sandbox: pr-1');
});

test('a router that is gone is a 502 that says so', async () => {
  const dead = await deadAddress();
  const { port } = await gatewayTo(() => dead);
  const got = await httpGet({ host: '127.0.0.1', port });
  expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([502, 'router-unreachable']);
});

test('what the router says about a refusal comes through', async () => {
  const { address, table } = await routed(null);
  table.setRefused('pricing', keyA, 'fork-crashed');
  const { port } = await gatewayTo(() => address);
  const got = await httpGet({ host: '127.0.0.1', port });
  expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([503, 'fork-crashed']);
});

test('a stream comes through as it is written, and a caller that leaves ends it', async () => {
  let ended = false;
  const fork = await httpService((request, answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' });
    answer.write('data: 1\n\n');
    request.on('close', () => {
      ended = true;
    });
  });
  const { address } = await routed(null, { [keyA]: fork });
  const { port } = await gatewayTo(() => address);
  const caller = new RawCaller({ host: '127.0.0.1', port });
  caller.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  await caller.until('data: 1');
  expect(caller.text).toContain('x-seatrial-routed: pricing=sandbox-a');
  caller.socket.destroy();
  while (!ended) await new Promise(setImmediate);
});

test('it listens on loopback alone', async () => {
  const service = await mirror();
  const { port, origin } = await gatewayTo(() => service);
  expect(origin).toBe(`http://127.0.0.1:${port}`);
  const { networkInterfaces } = await import('node:os');
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  const host = outside?.address ?? '127.0.0.2';
  await expect(httpGet({ host, port })).rejects.toThrow(/ECONNREFUSED/);
});

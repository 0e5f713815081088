import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import * as net from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import type { Answer, HttpAnswer, HttpRequest } from '../../src/exchange.ts';
import { type SendOptions, send } from '../../src/http/send.ts';

const open: net.Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    if ('closeAllConnections' in server) (server as Server).closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen<T extends net.Server>(server: T): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));
/** Answers every connection with these bytes as soon as its request arrived. */
const raw = (bytes: string | Buffer, end = true) =>
  listen(
    net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes)));
    }),
  );

const get: HttpRequest = { method: 'GET', path: '/', headers: [] };
const signal = new AbortController().signal;
const call = (origin: string, request = get, options: Partial<SendOptions> = {}) =>
  send(origin, 'pricing', request, { timeoutMs: 5_000, maxBytes: 1_000, signal, ...options });

function answered(answer: Answer): HttpAnswer {
  if (answer.kind !== 'answer') throw new Error(`${answer.reason}: ${answer.message}`);
  return answer;
}
const reason = (answer: Answer) => (answer.kind === 'answer' ? `answer ${answer.status}` : answer.reason);

it('sends the method, the path, the headers in their order, the given Host and the body', async () => {
  const seen: { request?: IncomingMessage; body?: string } = {};
  const origin = await serve((request, response) => {
    seen.request = request;
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      seen.body = body;
      response.end();
    });
  });
  const headers = [
    ['X-Two', 'a'],
    ['baggage', 'seatrial=k'],
    ['X-Two', 'b'],
    ['Host', 'ignored'],
    ['Content-Length', '999'],
    ['Transfer-Encoding', 'chunked'],
  ] as const;
  await call(origin, {
    method: 'PUT',
    path: '/a?b=%20',
    headers,
    body: { encoding: 'utf8', text: 'größe', size: 7 },
  });
  expect(seen.request?.method).toBe('PUT');
  expect(seen.request?.url).toBe('/a?b=%20');
  expect(seen.body).toBe('größe');
  expect(seen.request?.rawHeaders.slice(0, 10)).toEqual([
    'host',
    'pricing',
    'X-Two',
    'a',
    'baggage',
    'seatrial=k',
    'X-Two',
    'b',
    'content-length',
    '7',
  ]);
});

it('keeps the raw header pairs, the status and the trailers of the answer', async () => {
  const origin = await serve((_, response) => {
    response.writeHead(418, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Case', 'Kept', 'Trailer', 'X-End']);
    response.addTrailers({ 'X-End': 'done' });
    response.end('{"a":1}');
  });
  const answer = answered(await call(origin));
  expect(answer.status).toBe(418);
  expect(answer.headers.slice(0, 3)).toEqual([
    ['Set-Cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['X-Case', 'Kept'],
  ]);
  expect(answer.body).toEqual({ encoding: 'utf8', text: '{"a":1}', size: 7 });
  expect(answer.trailers).toEqual([['X-End', 'done']]);
});

it('follows no redirect', async () => {
  const origin = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());
  expect(reason(await call(origin))).toBe('answer 302');
});

it('skips 1xx answers', async () => {
  const origin = await serve((_, response) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.end('final');
  });
  expect(answered(await call(origin)).body.text).toBe('final');
});

it('takes an unasked change of protocol as the answer', async () => {
  const origin = await raw(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nbytes',
  );
  expect(answered(await call(origin))).toMatchObject({ status: 101, body: { size: 0 } });
});

const text = 'the same text '.repeat(20);
it.each([
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['br', brotliCompressSync(text)],
  ['deflate', deflateSync(text)],
  ['deflate', deflateRawSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['gzip, br', brotliCompressSync(gzipSync(text))],
  ['identity', Buffer.from(text)],
])('decodes content-encoding %s', async (coding, bytes) => {
  const origin = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': coding }).end(bytes),
  );
  expect(answered(await call(origin)).body).toEqual({ encoding: 'utf8', text, size: text.length });
});

it('leaves a body of an unknown or too deep coding as it came', async () => {
  for (const coding of ['rot13', 'gzip, gzip, gzip, gzip']) {
    const origin = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end('abc'),
    );
    expect(answered(await call(origin)).body.text).toBe('abc');
  }
});

it('takes an empty body with a coding as empty', async () => {
  const origin = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end());
  expect(answered(await call(origin)).body.size).toBe(0);
  expect(answered(await call(origin, { ...get, method: 'HEAD' })).body.size).toBe(0);
});

it('calls a body that is not what its coding says a protocol error', async () => {
  const garbage = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('abc'),
  );
  expect(reason(await call(garbage))).toBe('protocol');
  const cut = gzipSync(text).subarray(0, 20);
  const short = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(cut),
  );
  expect(reason(await call(short))).toBe('protocol');
});

it('stops a decompression bomb at the bound of what is read', async () => {
  const bomb = gzipSync(Buffer.alloc(40_000_000));
  const origin = await serve((_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  );
  expect(reason(await call(origin, get, { hardBytes: 1_000_000 }))).toBe('too-large');
});

it('keeps the beginning, the size and the hash of a body of 50 MB', async () => {
  const whole = Buffer.alloc(50_000_000, 'abcdefg');
  const origin = await serve((_, response) => response.end(whole));
  const { body } = answered(await call(origin, get, { maxBytes: 10, timeoutMs: 30_000 }));
  const sha256 = createHash('sha256').update(whole).digest('hex');
  expect(body).toEqual({ encoding: 'utf8', text: 'abcdefgabc', size: 50_000_000, truncated: { sha256 } });
});

it('does not cut through a character', async () => {
  const origin = await serve((_, response) => response.end('aé€'));
  for (const [maxBytes, kept] of [
    [2, 'a'],
    [3, 'aé'],
    [5, 'aé'],
  ] as const) {
    expect(answered(await call(origin, get, { maxBytes })).body).toMatchObject({
      encoding: 'utf8',
      text: kept,
    });
  }
});

it('gives up on a body past the bound of what is read', async () => {
  const endless = new Readable({
    read() {
      this.push(Buffer.alloc(64_000));
    },
  });
  const origin = await serve((_, response) => endless.pipe(response));
  expect(reason(await call(origin, get, { hardBytes: 500_000 }))).toBe('too-large');
});

it('calls an answer that never ends a time-out', async () => {
  const body = await serve((_, response) => response.write('half'));
  expect(reason(await call(body, get, { timeoutMs: 200 }))).toBe('timeout');
  const silent = await listen(net.createServer((socket) => socket.resume()));
  expect(reason(await call(silent, get, { timeoutMs: 200 }))).toBe('timeout');
});

it('says where an answer breaks off', async () => {
  const length = await raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
  expect(reason(await call(length))).toBe('broken-off');
  const chunked = await raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
  expect(reason(await call(chunked))).toBe('broken-off');
  const zipped = await raw(
    Buffer.concat([
      Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n'),
      gzipSync(text),
    ]),
  );
  expect(reason(await call(zipped))).toBe('broken-off');
  const early = await raw('');
  expect(reason(await call(early))).toBe('broken-off');
});

it('calls what is no HTTP a protocol error', async () => {
  expect(reason(await call(await raw('hello\r\n\r\n')))).toBe('protocol');
  const chunk = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n';
  expect(reason(await call(await raw(chunk)))).toBe('protocol');
});

it('calls a request that Node refuses to send a protocol error, without its values', async () => {
  const origin = await serve((_, response) => response.end());
  const answer = await call(origin, { ...get, headers: [['x-token', 'secret\r\nx: y']] });
  expect(reason(answer)).toBe('protocol');
  expect(JSON.stringify(answer)).not.toContain('secret');
  expect(reason(await call(origin, { ...get, path: '/a b' }))).toBe('protocol');
});

it('keeps bytes that are no UTF-8 as base64', async () => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x41]);
  const origin = await serve((_, response) => response.end(bytes));
  expect(answered(await call(origin)).body).toEqual({ encoding: 'base64', text: '//4AQQ==', size: 4 });
});

it('says that nothing listens', async () => {
  const server = net.createServer();
  const origin = await listen(server);
  open.pop();
  await new Promise((resolve) => server.close(resolve));
  expect(await call(origin)).toMatchObject({
    reason: 'connection',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

it('rejects on abort, before and during the exchange', async () => {
  await expect(call('http://127.0.0.1:1', get, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const origin = await serve((_, response) => {
    response.on('close', closed.resolve);
    response.write('half');
    arrived.resolve();
  });
  const controller = new AbortController();
  const sent = call(origin, get, { signal: controller.signal });
  await arrived.promise;
  controller.abort();
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  await closed.promise;
});

it('reads an answer with large and many headers', async () => {
  const origin = await serve((_, response) => {
    for (let i = 0; i < 2_500; i++) response.setHeader(`x-${i}`, 'v'.repeat(40));
    response.end();
  });
  expect(answered(await call(origin)).headers.length).toBeGreaterThanOrEqual(2_500);
});

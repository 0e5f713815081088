import { expect, test } from 'vitest';
import { routers } from './routers.ts';
import { eventually, RawCaller, rawRequest, rawService, routed } from './support.ts';

const start = 'POST / HTTP/1.1\r\nHost: x\r\n';
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

/** Requests that two parties may read differently. */
const refused: readonly (readonly [name: string, request: string, status?: number])[] = [
  [
    'a length beside chunks',
    `${start}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  [
    'chunks beside a length',
    `${start}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
  ],
  ['two lengths', `${start}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${smuggled}`],
  ['two equal lengths', `${start}Content-Length: 0\r\nContent-Length: 0\r\n\r\n${smuggled}`],
  ['a list of lengths', `${start}Content-Length: 0, 0\r\n\r\n`],
  ['a length with a sign', `${start}Content-Length: +5\r\n\r\nabcde`],
  ['a negative length', `${start}Content-Length: -1\r\n\r\n`],
  ['a hexadecimal length', `${start}Content-Length: 0x5\r\n\r\nabcde`],
  ['an empty length', `${start}Content-Length:\r\n\r\n`],
  ['a length of many digits', `${start}Content-Length: 99999999999999999999\r\n\r\n`],
  ['a length with a no-break space', `${start}Content-Length: 5\xa0\r\n\r\nabcde`],
  ['chunked with a no-break space', `${start}Transfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n`],
  ['a coding that only looks like chunked', `${start}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['a vertical tab before chunked', `${start}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['chunked twice', `${start}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  [
    'chunked and then another coding',
    `${start}Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n`,
  ],
  ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['space before the colon', `${start}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
  ['a folded line', `${start}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['a first line that is folded', `GET / HTTP/1.1\r\n Host: x\r\n\r\n`],
  ['a line without colon', `${start}Junk\r\n\r\n`],
  ['a line without name', `${start}: v\r\n\r\n`],
  ['a bare line feed between lines', `${start}X: 1\nContent-Length: 5\r\n\r\nabcde`],
  ['line feeds alone', 'GET / HTTP/1.1\nHost: x\n\n'],
  ['a bare carriage return', `${start}X: 1\rContent-Length: 5\r\n\r\n`],
  ['a NUL', `${start}X: a\0b\r\n\r\n`],
  ['two hosts', `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n`],
  ['a tab in the request line', 'GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['no version', 'GET /\r\n\r\n'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a head without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(1_100_000)}`, 431],
];

test.for(refused)('refused before any service sees it: %s', async ([, request, status = 400]) => {
  let heard = '';
  const service = await rawService((socket) => {
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  const { address } = await routed(service);
  const answer = await rawRequest(address, request);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toContain('Connection: close');
  expect(heard).toBe('');
});

const brokenChunks: readonly (readonly [name: string, body: string])[] = [
  ['no size', '\r\nabc\r\n0\r\n\r\n'],
  ['a size that is none', 'g\r\nabc\r\n0\r\n\r\n'],
  ['a size with 0x', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['space before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
  ['space behind the size', '3 \r\nabc\r\n0\r\n\r\n'],
  ['a size above all numbers', 'fffffffffffffffff\r\nabc'],
  ['a size line that ends in a line feed', '3\nabc\r\n0\r\n\r\n'],
  ['an extension with a line feed', '3;a\nabc\r\n0\r\n\r\n'],
  ['an extension without end', `3;${'x'.repeat(20_000)}`],
  ['more than the size says', '3\r\nabcd\r\n0\r\n\r\n'],
  ['a chunk that ends in a line feed', '3\r\nabc\n0\r\n\r\n'],
  ['a folded trailer', '0\r\n X: 1\r\n\r\n'],
  ['a trailer with a NUL', '0\r\nX: \0\r\n\r\n'],
];

test.for(brokenChunks)('cut off at both ends: chunks with %s', async ([, body]) => {
  let ending = '';
  let heard = 0;
  const service = await rawService((socket) => {
    socket.on('end', () => {
      ending = 'end';
    });
    socket.on('error', () => {
      ending = 'reset';
    });
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.length;
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write(`${start}Transfer-Encoding: chunked\r\n\r\n`);
  await eventually(() => heard > 0);
  caller.write(body);
  expect(await caller.closed()).not.toContain('200');
  expect(caller.ending).toBe('ECONNRESET');
  await eventually(() => ending !== '');
  expect(ending).toBe('reset');
});

const garbled: readonly (readonly [name: string, answer: string])[] = [
  [
    'a length beside chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ['HTTP/2', '\0\0\x12\x04\0\0\0\0\0'],
  ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['an upgrade that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
];

test.for(garbled)('a service that answers with %s: 502', async ([, answer]) => {
  const service = await rawService((socket) => socket.once('data', () => socket.write(answer, 'latin1')));
  const { address } = await routed(service);
  const got = await rawRequest(address, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  expect(got).toMatch(/^HTTP\/1\.1 502 /);
});

test('bytes behind a whole answer never become the answer to the next request', async () => {
  const service = await rawService((socket) => {
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Injected: 1\r\n\r\n');
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
  expect(await caller.closed()).not.toContain('Injected');
});

/** HAProxy repairs some of what the Node router refuses (two equal lengths): then both sides read the same. */
test('over HAProxy, no request hides in another: one connection, all that two parties may read differently', async () => {
  const seen: string[] = [];
  const service = await rawService((socket) => {
    socket.on('data', (bytes: Buffer) => {
      seen.push(bytes.toString('latin1'));
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  const router = await routers.find(({ name }) => name === 'haproxy')?.open({ baseline: service });
  if (router === undefined) throw new Error('no HAProxy');
  for (const [name, request] of refused.filter(([, text]) => text.includes(smuggled))) {
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.until('HTTP/1.1 ');
    caller.socket.destroy();
    // Read as a request of its own it has a head of its own: never in the body or behind the head of another.
    for (const text of seen)
      expect([name, text.indexOf('/smuggled')]).toEqual([name, text.startsWith('GET /smuggled') ? 4 : -1]);
  }
});

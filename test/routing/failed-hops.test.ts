import { once } from 'node:events';
import { constants, createServer as createH2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import type { Address } from '../../src/routing/table.ts';
import { describeRouters, type OpenRouter, routers } from './routers.ts';
import { http2Session, httpService, keyA, listening, RawCaller, rawService } from './support.ts';

/** Which hops fail: the receipt says so of each request by the time that its caller knows. */

const opened = async (open: (typeof routers)[number]['open'], fork: Address): Promise<OpenRouter> => {
  const baseline = await httpService((_, answer) => answer.end('baseline'));
  return open({ baseline, forks: [{ service: 'pricing', key: keyA, sandbox: 'pr-1', address: fork }] });
};
const request = `GET / HTTP/1.1\r\nHost: x\r\nbaggage: seatrial=${keyA}.12345678\r\n\r\n`;
const countOf = async (router: OpenRouter) => (await router.receipt(keyA)).counts[0];

const ok = 'HTTP/1.1 200 OK\r\n';
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`;
const later = (work: () => void) => void setTimeout(work, 50);

describeRouters(({ open }) => {
  test.for([
    ['200', 0],
    ['304', 0],
    ['404', 0],
    ['429', 0],
    ['500', 1],
    ['503', 1],
  ] as const)('an answer of status %s: %i failed', async ([status, failed]) => {
    const fork = await rawService(
      (socket) =>
        void socket.on('data', () => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`)),
    );
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.until('\r\n\r\n');
    expect(await countOf(router)).toMatchObject({ destination: 'fork', count: 1, failed });
    expect(await countOf(router)).not.toHaveProperty('open');
  });

  test.for([
    [
      'reset in a body of a length',
      `${ok}Content-Length: 9\r\n\r\nhalf`,
      (it: Socket) => it.resetAndDestroy(),
    ],
    ['ended in a body of a length', `${ok}Content-Length: 9\r\n\r\nhalf`, (it: Socket) => it.end()],
    ['ended in a chunked body', chunked, (it: Socket) => it.end()],
    ['reset in a body without length', `${ok}\r\nhalf`, (it: Socket) => it.resetAndDestroy()],
    ['no chunk', chunked, (it: Socket) => it.end('zzz\r\n')],
  ] as const)('an answer that breaks off fails, whatever its status: %s', async ([, text, end]) => {
    const fork = await rawService((socket) => {
      socket.once('data', () => {
        socket.write(text);
        later(() => end(socket));
      });
    });
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.until('half');
    await caller.closed();
    await vi.waitFor(async () => expect(await countOf(router)).toMatchObject({ count: 1, failed: 1 }));
  });

  test('an answer that ends with its connection is whole', async () => {
    const fork = await rawService(
      (socket) => void socket.once('data', () => socket.end(`${ok}\r\nall of it`)),
    );
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.closed();
    expect(await countOf(router)).toMatchObject({ count: 1, failed: 0 });
  });

  test('a caller that wants no more of an answer is no failure of the service', async () => {
    let gone = false;
    const fork = await rawService((socket) => {
      socket.once('data', () => {
        const more = setInterval(() => socket.write('4\r\nmore\r\n'), 10);
        socket.write(chunked);
        socket
          .on('error', () => {})
          .on('close', () => {
            clearInterval(more);
            gone = true;
          });
      });
    });
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.until('half');
    caller.socket.resetAndDestroy();
    await vi.waitFor(() => expect(gone).toBe(true), 5000);
    expect(await countOf(router)).toMatchObject({ count: 1, failed: 0 });
  });

  test('a hop without answer is open as long as its caller waits, and never good where that gives up', async () => {
    const fork = await rawService(() => {});
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await vi.waitFor(
      async () => expect(await countOf(router)).toMatchObject({ count: 1, failed: 0, open: 1 }),
      5000,
    );
    caller.socket.resetAndDestroy();
    await caller.closed();
    await vi.waitFor(async () => expect(await countOf(router)).toMatchObject({ count: 1, failed: 1 }), 5000);
    expect(await countOf(router)).not.toHaveProperty('open');
  });

  test.for(['destroy', 'end'] as const)(
    'an answer that comes although its caller gave up is none: %s',
    async (leave) => {
      let end = () => {};
      const left = new Promise<void>((resolve) => {
        end = resolve;
      });
      // As Python's and Go's servers do: what a caller's end means is up to whoever writes the answer.
      const fork = await rawService((socket) => {
        socket.on('error', () => {});
        socket.once('data', async () => {
          await left;
          later(() => socket.write(`${ok}Content-Length: 4\r\n\r\nlate`));
        });
      });
      const router = await opened(open, fork);
      const caller = new RawCaller(router.address);
      caller.write(request);
      await vi.waitFor(async () => expect(await countOf(router)).toMatchObject({ open: 1 }), 5000);
      caller.socket[leave]();
      end();
      await vi.waitFor(
        async () => expect(await countOf(router)).toMatchObject({ count: 1, failed: 1 }),
        5000,
      );
      expect(await countOf(router)).not.toHaveProperty('open');
    },
  );

  test('a request that is sent again after a failure: one of two failed', async () => {
    let asked = 0;
    const fork = await httpService((_, answer) => {
      asked += 1;
      answer.writeHead(asked === 1 ? 500 : 200).end('fork');
    });
    const router = await opened(open, fork);
    for (let turn = 1; turn <= 2; turn += 1) {
      const caller = new RawCaller(router.address);
      caller.write(request);
      await caller.until('fork');
    }
    expect(await countOf(router)).toMatchObject({ count: 2, failed: 1 });
  });

  test('a connection that changed its protocol has no answer that could break off', async () => {
    const fork = await rawService((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching\r\nUpgrade: chat\r\nConnection: upgrade\r\n\r\nhello');
        later(() => socket.resetAndDestroy());
      });
    });
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request.replace('Host: x\r\n', 'Host: x\r\nUpgrade: chat\r\nConnection: upgrade\r\n'));
    await caller.until('hello');
    await caller.closed();
    expect(await countOf(router)).toMatchObject({ count: 1, failed: 0 });
  });
});

test.for([
  ['0', 0],
  ['5', 0],
  ['13', 1],
  ['14', 1],
] as const)('over gRPC, status %s in the head of an answer: %i failed', async ([status, failed]) => {
  const server = createH2Server();
  server.on('stream', (stream) => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status },
      { endStream: true },
    );
  });
  const haproxy = routers.find(({ name }) => name === 'haproxy');
  if (haproxy === undefined) throw new Error('no HAProxy');
  const router = await opened(haproxy.open, await listening(server));
  const stream = http2Session(router.address).request({
    ':method': 'POST',
    ':path': '/shop.Pricing/Quote',
    'content-type': 'application/grpc',
    te: 'trailers',
    baggage: `seatrial=${keyA}.12345678`,
  });
  stream.resume().end();
  await once(stream, 'close');
  expect(await countOf(router)).toMatchObject({ count: 1, failed });
});

test('over HTTP/2, a stream that its caller resets while it waits was not answered', async () => {
  const server = createH2Server();
  const heard = once(server, 'stream');
  const haproxy = routers.find(({ name }) => name === 'haproxy');
  if (haproxy === undefined) throw new Error('no HAProxy');
  const router = await opened(haproxy.open, await listening(server));
  const stream = http2Session(router.address).request({ baggage: `seatrial=${keyA}.12345678` });
  const closed = once(stream, 'close');
  await heard;
  stream.close(constants.NGHTTP2_CANCEL);
  await closed;
  await vi.waitFor(async () => expect(await countOf(router)).toMatchObject({ count: 1, failed: 1 }), 5000);
});

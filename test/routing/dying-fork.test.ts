import { once } from 'node:events';
import { constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Address } from '../../src/routing/table.ts';
import { describeRouters, type OpenRouter, routers } from './routers.ts';
import { baggage, get, headerOf, http2Session, httpService, keyA, RawCaller, rawService } from './support.ts';

/** A fork that dies under a request was reached by it: a hop at the fork, and never an answer of the baseline. */

let baselineHeard = 0;
const opened = async (open: (typeof routers)[number]['open'], fork: Address): Promise<OpenRouter> => {
  baselineHeard = 0;
  const baseline = await httpService((_, answer) => {
    baselineHeard += 1;
    answer.end('baseline');
  });
  return open({ baseline, forks: [{ service: 'pricing', key: keyA, sandbox: 'pr-1', address: fork }] });
};
const request = `POST / HTTP/1.1\r\nHost: x\r\nbaggage: seatrial=${keyA}.12345678\r\nContent-Length: 2\r\n\r\nhi`;

/** The hop as the receipt tells it, once it has ended: it failed. */
async function hopOf(router: OpenRouter) {
  const found = await vi.waitFor(async () => {
    const { counts, hops, complete } = await router.receipt(keyA, { correlations: ['12345678'], hops: 5 });
    expect(hops.length).toBeGreaterThan(0);
    return { counts, hops, complete };
  }, 15_000);
  expect(found.complete).toBe(true);
  expect(found.counts).toEqual([
    {
      correlation: '12345678',
      service: 'pricing',
      destination: 'fork',
      instance: 'one',
      count: 1,
      failed: 1,
    },
  ]);
  expect(baselineHeard).toBe(0);
  return found.hops.at(-1);
}

describeRouters(({ name, open }) => {
  test.for([
    ['ends the connection', (end: { end(): void }) => end.end()],
    ['resets the connection', (end: { resetAndDestroy(): void }) => end.resetAndDestroy()],
  ] as const)('a fork that %s before it answers', async ([, die]) => {
    const fork = await rawService((socket) => void socket.once('data', () => die(socket)));
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    if (name === 'haproxy') {
      const answer = await caller.until('did not answer in HTTP.');
      expect(answer).toMatch(/^HTTP\/1\.1 502 /);
      expect(answer.toLowerCase()).toContain('x-seatrial-error: bad-answer\r\n');
    } else expect(await caller.closed()).toBe('');
    expect(await hopOf(router)).toMatchObject({
      destination: 'fork',
      status: name === 'haproxy' ? 502 : null,
    });
  });

  test('a fork that dies in the middle of its answer: the caller sees that it is not whole', async () => {
    const fork = await rawService((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
        setTimeout(() => socket.resetAndDestroy(), 50);
      });
    });
    const router = await opened(open, fork);
    await expect(get(router.address, [baggage(keyA, '12345678')])).rejects.toThrow(
      /aborted|hang up|ECONNRESET/,
    );
    expect(await hopOf(router)).toMatchObject({ destination: 'fork', status: 200 });
  });

  test('a fork that answers no HTTP', async () => {
    const fork = await rawService(
      (socket) => void socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n')),
    );
    const router = await opened(open, fork);
    const got = await get(router.address, [baggage(keyA, '12345678')]);
    expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([502, 'bad-answer']);
    expect(await hopOf(router)).toMatchObject({ destination: 'fork', status: 502 });
  });

  test('a fork that is gone when the next request of the same connection comes: no second answer', async () => {
    let alive = true;
    const fork = await rawService((socket) => {
      socket.on('data', () => {
        if (alive) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfork');
        else socket.destroy();
      });
    });
    const router = await opened(open, fork);
    const caller = new RawCaller(router.address);
    caller.write(request);
    await caller.until('fork');
    alive = false;
    caller.write(request);
    await caller.closed();
    expect(caller.text.split('200 OK').length).toBe(2);
    const { counts } = await router.receipt(keyA, { correlations: ['12345678'] });
    expect(counts).toMatchObject([{ destination: 'fork', count: 2 }]);
    expect(baselineHeard).toBe(0);
  });
});

const grpc = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
test.for([
  ['HTTP/2', 'first', {}],
  ['HTTP/2', 'second', {}],
  ['gRPC', 'first', grpc],
  ['gRPC', 'second', grpc],
] as const)(
  'over %s, a fork that dies under the %s request of a connection: the stream is refused',
  async ([, which, headers]) => {
    let left = which === 'first' ? 0 : 1;
    const fork = createServer(({ stream }, answer) => {
      if (left === 0) stream.session?.destroy();
      else answer.end('fork');
      left -= 1;
    });
    fork.listen(0, '127.0.0.1');
    await once(fork, 'listening');
    onTestFinished(() => void fork.close());
    const haproxy = routers.find(({ name }) => name === 'haproxy');
    if (haproxy === undefined) throw new Error('no HAProxy');
    const router = await opened(haproxy.open, {
      host: '127.0.0.1',
      port: (fork.address() as AddressInfo).port,
    });
    const session = http2Session(router.address);
    const ask = async () => {
      const stream = session.request({ ':path': '/', baggage: `seatrial=${keyA}.12345678`, ...headers });
      stream.on('error', () => {});
      stream.resume().end();
      await once(stream, 'close').catch(() => {});
      return stream.rstCode;
    };
    if (which === 'second') expect(await ask()).toBe(constants.NGHTTP2_NO_ERROR);
    expect(await ask()).toBe(constants.NGHTTP2_REFUSED_STREAM);
    const { counts } = await router.receipt(keyA, { correlations: ['12345678'] });
    expect(counts).toMatchObject([{ destination: 'fork', count: which === 'first' ? 1 : 2 }]);
    expect(baselineHeard).toBe(0);
  },
);

test('over gRPC, a fork that dies under a request: no answer that looks good, and a hop at the fork', async () => {
  const fork = await rawService(
    (socket) => void socket.once('data', () => setTimeout(() => socket.destroy(), 50)),
  );
  const haproxy = routers.find(({ name }) => name === 'haproxy');
  if (haproxy === undefined) throw new Error('no HAProxy');
  const router = await opened(haproxy.open, fork);
  const session = http2Session(router.address);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/shop.Pricing/Quote',
    'content-type': 'application/grpc',
    te: 'trailers',
    baggage: `seatrial=${keyA}.12345678`,
  });
  const status = await new Promise<unknown>((resolve) => {
    stream
      .on('response', (headers) => resolve(headers['grpc-status']))
      .on('error', () => resolve('no answer'))
      .end();
  });
  expect(['14', 'no answer']).toContain(status);
  expect(await hopOf(router)).toMatchObject({ destination: 'fork' });
});

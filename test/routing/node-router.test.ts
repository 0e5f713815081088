import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { mintCorrelation } from '../../src/routing/key.ts';
import { startRouter } from '../../src/routing/node-router.ts';
import type { Address } from '../../src/routing/table.ts';
import {
  baggage,
  deadAddress,
  eventually,
  get,
  headerOf,
  httpService,
  keyA,
  keyB,
  listening,
  RawCaller,
  rawRequest,
  rawService,
  routed,
} from './support.ts';

const serving = (name: string) => httpService((_, answer) => answer.end(name));

test('keyed answers say where they came from, behind the entries of inner hops', async () => {
  const fork = await httpService((_, answer) => {
    answer.writeHead(200, ['x-seatrial-routed', 'tax=baseline', 'X-Other', '1']).end('fork');
  });
  const { address } = await routed(await serving('baseline'), { [keyA]: fork });
  const got = await get(address, [baggage(keyA)]);
  const entries = got.headers.filter(([name]) => name === 'x-seatrial-routed').map(([, value]) => value);
  expect(entries).toEqual(['tax=baseline', 'pricing=sandbox-a']);
});

test('keyed requests reach the fork as they came, Host and key included', async () => {
  let heard = '';
  const fork = await rawService((socket) => {
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { address } = await routed(null, { [keyA]: fork });
  const sent = `GET /x HTTP/1.1\r\nhOST: pricing:80\r\nBaggage:  a=1 , seatrial=${keyA}.12345678;p , b=2\r\nConnection: close\r\n\r\n`;
  const answer = await rawRequest(address, sent);
  expect(heard).toBe(sent);
  expect(answer).toBe(
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-seatrial-routed: pricing=sandbox-a\r\n\r\nok',
  );
});

test('requests with different keys share a connection of the caller, and none of the services', async () => {
  const { address } = await routed(await serving('BASELINE'), {
    [keyA]: await serving('FORK-A'),
    [keyB]: await serving('FORK-B'),
  });
  const caller = new RawCaller(address);
  for (const [carrier, name] of [
    [`x-seatrial-key: ${keyA}\r\n`, 'FORK-A'],
    ['', 'BASELINE'],
    [`x-seatrial-key: ${keyB}\r\n`, 'FORK-B'],
  ] as const) {
    caller.write(`GET / HTTP/1.1\r\nHost: x\r\n${carrier}\r\n`);
    await caller.until(name);
  }
  const again = `GET / HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}\r\n\r\n`;
  caller.write(again.repeat(3));
  await caller.until('FORK-A', 4);
  expect(caller.text.match(/FORK-\w|BASELINE/g)?.slice(0, 3)).toEqual(['FORK-A', 'BASELINE', 'FORK-B']);
});

test('a hop is in the receipt before the caller can read its answer', async () => {
  const { address, recorder } = await routed(null, { [keyA]: await serving('fork') });
  for (let round = 0; round < 50; round += 1) {
    const correlation = mintCorrelation();
    await get(address, [baggage(keyA, correlation)]);
    const receipt = recorder.receipt(keyA, { correlations: [correlation], hops: 10 });
    const instance = `instance of ${keyA}`;
    expect(receipt.counts).toEqual([
      { correlation, service: 'pricing', destination: 'fork', instance, count: 1, failed: 0 },
    ]);
    expect(receipt.hops).toMatchObject([{ correlation, status: 200, instance }]);
  }
});

test('a request whose caller gives up is counted at the fork that had it', async () => {
  let arrived = false;
  let left = false;
  const fork = await httpService((request) => {
    arrived = true;
    request.on('close', () => {
      left = true;
    });
  });
  const { address, recorder } = await routed(null, { [keyA]: fork });
  const caller = new RawCaller(address);
  caller.write(`GET / HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}.12345678\r\n\r\n`);
  await eventually(() => arrived);
  expect(recorder.receipt(keyA).counts).toMatchObject([{ destination: 'fork', count: 1 }]);
  caller.socket.destroy();
  await eventually(() => left);
  const hopsNow = () => recorder.receipt(keyA, { hops: 5 }).hops;
  // The fork may see its connection close before the router is through with the caller's.
  await eventually(() => hopsNow().length > 0);
  expect(hopsNow()).toMatchObject([{ destination: 'fork', status: null, correlation: '12345678' }]);
});

test.for([
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart'],
  ['chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n'],
  ['without length', 'HTTP/1.1 200 OK\r\n\r\npart'],
])('a keyed answer that breaks off breaks off for the caller too: %s', async ([, answer = '']) => {
  const fork = await rawService((socket) => {
    socket.once('data', () => socket.write(answer, () => setTimeout(() => socket.resetAndDestroy(), 20)));
  });
  const { address } = await routed(await serving('baseline'), { [keyA]: fork });
  await expect(get(address, [baggage(keyA)])).rejects.toThrow(/ECONNRESET|aborted/);
});

test('a fork that dies under a request is never replaced by the baseline', async () => {
  const fork = await rawService((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const { address, recorder } = await routed(await serving('baseline'), { [keyA]: fork });
  await expect(get(address, [baggage(keyA, '12345678')])).rejects.toThrow();
  expect(recorder.receipt(keyA, { hops: 1 }).hops).toMatchObject([{ destination: 'fork', status: null }]);
});

test('an answer that is no HTTP is a 502, counted at the fork', async () => {
  const fork = await rawService((socket) => socket.once('data', () => socket.end('hello?\r\n\r\n')));
  const { address, recorder } = await routed(await serving('baseline'), { [keyA]: fork });
  const got = await get(address, [baggage(keyA)]);
  expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([502, 'bad-answer']);
  expect(recorder.receipt(keyA).counts).toMatchObject([{ destination: 'fork', count: 1 }]);
});

test('a sandbox that is torn down is refused on connections that were open before', async () => {
  const { address, table } = await routed(await serving('BASELINE'), { [keyA]: await serving('FORK') });
  const caller = new RawCaller(address);
  const request = `GET / HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}\r\n\r\n`;
  caller.write(request);
  await caller.until('FORK');
  table.tombstone(keyA, ['pricing'], 'sandbox-gone', Number.POSITIVE_INFINITY);
  caller.write(request);
  await caller.until('x-seatrial-error: sandbox-gone');
  expect(caller.text).not.toContain('BASELINE');
});

test('a baseline that moves is found by the next request', async () => {
  const places = [await serving('old'), await serving('new')];
  const { table, recorder } = await routed(null);
  const router = await startRouter({ service: 'tax', table, recorder, baseline: () => places[0] ?? null });
  onTestFinished(() => router.close());
  const caller = new RawCaller({ host: '127.0.0.1', port: router.port });
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('old');
  places.shift();
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('new');
});

test('without a baseline, unkeyed requests get a plain 502 that names nothing of ours', async () => {
  for (const baseline of [null, await deadAddress()]) {
    const { address } = await routed(baseline);
    const got = await get(address, [], { method: 'POST', body: 'x' });
    expect(got.status).toBe(502);
    expect(got.headers.map(([name]) => name.toLowerCase())).not.toContain('x-seatrial-error');
    expect(got.body).not.toMatch(/seatrial|sandbox|baseline/i);
  }
});

test('a refused request with a large body gets its answer', async () => {
  const { address, table } = await routed(await serving('baseline'));
  table.setRefused('pricing', keyA, 'fork-not-ready');
  const got = await get(address, [baggage(keyA)], { method: 'POST', body: 'x'.repeat(5_000_000) });
  expect([got.status, headerOf(got, 'x-seatrial-error')]).toEqual([503, 'fork-not-ready']);
});

test('refusals keep the connection, and HEAD gets no body', async () => {
  const { address, table } = await routed(await serving('baseline'));
  table.setRefused('pricing', keyA, 'fork-not-ready');
  const caller = new RawCaller(address);
  caller.write(`HEAD / HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}\r\n\r\n`);
  const head = await caller.until('\r\n\r\n');
  expect(head.split('\r\n\r\n')[1]).toBe('');
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('baseline');
});

test('a resting connection that the service resets: the request is sent again if it is safe to', async () => {
  let connections = 0;
  const service = await rawService((socket) => {
    connections += 1;
    const first = connections === 1;
    let requests = 0;
    socket.on('data', () => {
      requests += 1;
      if (first && requests === 2) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('ok');
  caller.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('ok', 2);
  expect(connections).toBe(2);
});

test('a resting connection that the service resets: a request that may have acted is not sent again', async () => {
  let requests = 0;
  const service = await rawService((socket) => {
    socket.on('data', () => {
      requests += 1;
      if (requests === 2) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.until('ok');
  caller.write('POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  await caller.closed();
  expect([requests, caller.ending]).toEqual([2, 'ECONNRESET']);
});

test('a fork whose resting connection dies and that takes no new one counts as refused, not as exercised', async () => {
  const { server, address: fork } = await closable();
  const { address, recorder } = await routed(await serving('baseline'), { [keyA]: fork });
  const caller = new RawCaller(address);
  const request = (n: number) =>
    `GET /${n} HTTP/1.1\r\nHost: x\r\nx-seatrial-key: ${keyA}.0000000${n}\r\n\r\n`;
  caller.write(request(1));
  await caller.until('ok');
  server.close();
  caller.write(request(2));
  await caller.until('fork-unreachable');
  const { counts } = recorder.receipt(keyA, { correlations: ['00000002'] });
  expect(counts).toMatchObject([{ destination: 'refused', count: 1 }]);
});

/** A service that resets the second request of a connection. */
async function closable(): Promise<{ server: Server; address: Address }> {
  const server = createServer((socket) => {
    let requests = 0;
    socket
      .on('error', () => {})
      .on('data', () => {
        requests += 1;
        if (requests === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
  });
  return { server, address: await listening(server) };
}

test('a service that closes its resting connection closes the one of its caller', async () => {
  const service = await rawService((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      setTimeout(() => socket.end(), 20);
    });
  });
  const { address } = await routed(service);
  const caller = new RawCaller(address);
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await caller.closed();
  expect(caller.ending).toBe('end');
});

test('a wish for HTTP/2 goes unheard, as behind it one key would route the requests of all', async () => {
  const baseline = await httpService((request, answer) => {
    answer.end(JSON.stringify(request.rawHeaders));
  });
  const { address } = await routed(baseline);
  const answer = await rawRequest(
    address,
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
  );
  expect(answer).toContain('["Host","x","Connection","close"]');
});

test('closing the router ends its connections, and an aborted signal closes it', async () => {
  const { address, router } = await routed(await rawService(() => {}));
  const caller = new RawCaller(address);
  caller.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await eventually(() => caller.socket.readyState === 'open');
  await Promise.all([router.close(), router.close()]);
  await caller.closed();
  await expect(get(address)).rejects.toThrow(/ECONNREFUSED/);
});

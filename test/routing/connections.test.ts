import { createServer as createH2Server } from 'node:http2';
import { expect, test, vi } from 'vitest';
import type { Address } from '../../src/routing/table.ts';
import { describeRouters, type OpenRouter, routers } from './routers.ts';
import {
  eventually,
  http2Session,
  httpService,
  keyA,
  keyB,
  listening,
  RawCaller,
  rawService,
} from './support.ts';

/** Requests that share a connection share nothing else: each is routed by its own key. */

const keyC = 'cccccccccccccccccccc';
const reserved = 'base-000000000000000';
const named = (name: string) => httpService((_, answer) => answer.end(`<${name}>`));
const refused = [{ service: 'pricing', key: keyC, reason: 'fork-gone' }];
const forksOf = (forkA: Address, forkB: Address) => [
  { service: 'pricing', key: keyA, sandbox: 'pr-a', address: forkA },
  { service: 'pricing', key: keyB, sandbox: 'pr-b', address: forkB },
];

/** Keys of requests one after the other, and who answers each. */
const sequence: readonly (readonly [key: string | null, by: string])[] = [
  [null, '<baseline>'],
  [keyA, '<fork a>'],
  [keyB, '<fork b>'],
  [null, '<baseline>'],
  [keyC, 'fork-gone'],
  [keyA, '<fork a>'],
  [keyA, '<fork a>'],
  [reserved, '<baseline>'],
  [keyC, 'fork-gone'],
  [keyB, '<fork b>'],
];

const head = (key: string | null) =>
  `GET / HTTP/1.1\r\nHost: x\r\n${key === null ? '' : `baggage: seatrial=${key}\r\n`}\r\n`;

/** Who answered, in order. */
function answerers(text: string): string[] {
  return [...text.matchAll(/<(?:baseline|fork [ab])>|fork-gone(?=\r\n)/g)].map(([who]) => who);
}

describeRouters(({ open }) => {
  const opened = async (): Promise<OpenRouter> => {
    const [baseline, forkA, forkB] = await Promise.all(['baseline', 'fork a', 'fork b'].map(named));
    if (baseline === undefined || forkA === undefined || forkB === undefined) throw new Error('no services');
    return open({ baseline, forks: forksOf(forkA, forkB), refused });
  };

  test('requests one after the other on one connection', async () => {
    const { address } = await opened();
    const caller = new RawCaller(address);
    for (const [at, [key, by]] of sequence.entries()) {
      caller.write(head(key));
      await vi.waitFor(() => expect(answerers(caller.text).length).toBe(at + 1), { timeout: 10_000 });
      expect(answerers(caller.text).at(-1)).toBe(by);
    }
  });

  test('requests that are all sent at once on one connection', async () => {
    const { address } = await opened();
    const caller = new RawCaller(address);
    caller.write(sequence.map(([key]) => head(key)).join(''));
    await vi.waitFor(() => expect(answerers(caller.text).length).toBe(sequence.length), { timeout: 10_000 });
    expect(answerers(caller.text)).toEqual(sequence.map(([, by]) => by));
  });

  test('many connections at once, each with changing keys', async () => {
    const { address } = await opened();
    const callers = Array.from({ length: 20 }, () => new RawCaller(address));
    for (const [at, caller] of callers.entries()) {
      const mine = [...sequence.slice(at % 10), ...sequence.slice(0, at % 10)];
      for (let n = 0; n < 5; n += 1) caller.write(mine.map(([key]) => head(key)).join(''));
    }
    for (const [at, caller] of callers.entries()) {
      const mine = [...sequence.slice(at % 10), ...sequence.slice(0, at % 10)].map(([, by]) => by);
      await vi.waitFor(() => expect(answerers(caller.text).length).toBe(50), { timeout: 20_000 });
      expect(answerers(caller.text)).toEqual([...mine, ...mine, ...mine, ...mine, ...mine]);
    }
  });

  /** Takes every wish to upgrade, and also says so where there was none. */
  const eager = async (heard: string[], unasked: boolean) =>
    rawService((socket) => {
      socket.on('data', (bytes: Buffer) => {
        const text = bytes.toString('latin1');
        heard.push(text);
        const upgrades = unasked || /^upgrade:/im.test(text);
        if (upgrades)
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<baseline>');
      });
    });

  test.for([
    [
      'as browsers of old asked',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk',
    ],
    ['in other letters', 'connection: upgrade, http2-settings\r\nUPGRADE: H2C\r\nhttp2-settings: AAMAAABk'],
    ['behind another wish', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: chat, h2c\r\nHTTP2-Settings: A'],
    ['before another wish', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c,chat\r\nHTTP2-Settings: A'],
    [
      'in lines of their own',
      'Connection: Upgrade\r\nUpgrade: foo\r\nUpgrade:\th2c \r\nHTTP2-Settings: AAMAAABk',
    ],
    ['without settings', 'Connection: Upgrade\r\nUpgrade: h2c'],
    ['without Connection', 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk'],
  ])(
    'HTTP/2 is never switched to in the middle, behind which all keys would go one way: %s',
    async ([, lines]) => {
      const heard: string[] = [];
      const fork = await named('fork a');
      const { address } = await open({ baseline: await eager(heard, false), forks: forksOf(fork, fork) });
      for (const [key, by] of [[null, '<baseline>'] as const, [reserved, '<baseline>'] as const]) {
        const caller = new RawCaller(address);
        caller.write(head(key).replace('Host: x', `Host: x\r\n${lines}`));
        const first = await caller.until(by);
        expect(first).not.toContain(' 101 ');
        caller.write(head(keyA));
        await caller.until('<fork a>');
      }
      expect(heard.join('')).not.toMatch(/h2c|http2-settings|upgrade/i);
    },
  );

  test('an upgrade that nobody asked for opens no way around the router', async () => {
    const heard: string[] = [];
    const fork = await named('fork a');
    const { address } = await open({ baseline: await eager(heard, true), forks: forksOf(fork, fork) });
    const wish = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const hint = 'Connection: Upgrade\r\n';
    const added = (lines: string) => head(null).replace('Host', `${lines}Host`);
    for (const first of [head(null), head(reserved), added(wish), added(hint)]) {
      heard.length = 0;
      const caller = new RawCaller(address);
      caller.write(first);
      await eventually(() => heard.length === 1);
      caller.write(head(keyA));
      caller.socket.end();
      expect(await caller.closed()).not.toContain(' 101 ');
      expect(heard.join('')).not.toContain(keyA);
    }
  });

  test('an upgrade that was asked for is one request, routed by its key, for as long as it lasts', async () => {
    const heardByBaseline: string[] = [];
    const heardByFork: string[] = [];
    const baseline = await eager(heardByBaseline, false);
    const fork = await eager(heardByFork, false);
    const { address, receipt } = await open({ baseline, forks: forksOf(fork, fork) });
    const caller = new RawCaller(address);
    caller.write(head(keyA).replace('Host: x', 'Host: x\r\nConnection: Upgrade\r\nUpgrade: chat'));
    await caller.until(' 101 ');
    caller.write('<words>');
    await eventually(() => heardByFork.join('').includes('<words>'));
    expect(heardByBaseline).toEqual([]);
    expect((await receipt(keyA)).counts).toMatchObject([{ destination: 'fork', count: 1 }]);
  });

  test('CONNECT is one request, routed by its key', async () => {
    const tunnel = (name: string) =>
      rawService((socket) => {
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
        socket.on('data', (bytes: Buffer) => {
          if (bytes.includes('hello')) socket.write(`<${name}>`);
        });
      });
    const [baseline, fork] = [await tunnel('baseline'), await tunnel('fork a')];
    const { address } = await open({ baseline, forks: forksOf(fork, fork), refused });
    for (const [key, by] of [[keyA, '<fork a>'] as const, [null, '<baseline>'] as const]) {
      const caller = new RawCaller(address);
      caller.write(head(key).replace('GET / HTTP/1.1\r\nHost: x', 'CONNECT x:80 HTTP/1.1\r\nHost: x:80'));
      await caller.until(' 200 ');
      caller.write('hello');
      await caller.until(by);
    }
    const caller = new RawCaller(address);
    caller.write(head(keyC).replace('GET / HTTP/1.1\r\nHost: x', 'CONNECT x:80 HTTP/1.1\r\nHost: x:80'));
    await caller.until('fork-gone');
  });
});

const haproxy = routers.find(({ name }) => name === 'haproxy');

function h2Service(name: string): Promise<Address> {
  const server = createH2Server();
  server.on('stream', (stream) => {
    stream.on('error', () => {}).respond({ ':status': 200 });
    stream.end(`<${name}>`);
  });
  return listening(server);
}

test('over HTTP/2, requests that are under way at once on one connection each go their own way', async () => {
  const [baseline, forkA, forkB] = await Promise.all(['baseline', 'fork a', 'fork b'].map(h2Service));
  if (baseline === undefined || forkA === undefined || forkB === undefined) throw new Error('no services');
  const router = await haproxy?.open({ baseline, forks: forksOf(forkA, forkB), refused });
  if (router === undefined) throw new Error('no HAProxy');
  const session = http2Session(router.address);
  const ask = (key: string | null) =>
    new Promise<string>((resolve, reject) => {
      const stream = session.request(key === null ? {} : { baggage: `seatrial=${key}` });
      let said = '';
      stream
        .on('response', (headers) => {
          said += headers['x-seatrial-error'] ?? '';
        })
        .on('data', (bytes: Buffer) => {
          const text = bytes.toString();
          if (text.startsWith('<')) said += text;
        })
        .on('error', reject)
        .on('end', () => resolve(said));
    });
  for (let n = 0; n < 5; n += 1) {
    const answers = await Promise.all(sequence.map(([key]) => ask(key)));
    expect(answers).toEqual(sequence.map(([, by]) => by));
  }
});

import { expect, test, vi } from 'vitest';
import { baselineKey } from '../../src/routing/key.ts';
import type { Address } from '../../src/routing/table.ts';
import { answering, type Conversation, calling, conversations, Heard, ok, simple } from './conversations.ts';
import { routers } from './routers.ts';
import { keyA, RawCaller, rawService, routed } from './support.ts';

/** What both ends saw of a conversation. */
interface Seen {
  readonly caller: { readonly bytes: string; readonly ending: string | null };
  readonly service: readonly { readonly bytes: string; readonly ending: string | null }[];
}

async function hold(
  conversation: Conversation,
  through: (service: Address) => Promise<Address>,
): Promise<Seen> {
  const heard: Heard[] = [];
  const service = await rawService((socket) => {
    const one = new Heard(socket);
    heard.push(one);
    conversation.serve(socket, one);
  });
  const caller = new RawCaller(await through(service));
  await conversation.call(caller);
  await caller.closed();
  for (const one of heard) await one.ended();
  return {
    caller: { bytes: caller.text, ending: caller.ending },
    service: heard.map(({ bytes, ending }) => ({ bytes: bytes.toString('latin1'), ending })),
  };
}

const silence = () => new Promise((resolve) => setTimeout(resolve, 5_500));

/** The times after which Node gives up by itself are 5 s and more. */
const silent: readonly Conversation[] = [
  {
    name: 'a silent service',
    serve: async (socket, heard) => {
      await heard.until('\r\n\r\n');
      await silence();
      socket.end(ok);
    },
    call: calling(simple),
  },
  {
    name: 'a silent caller, before and in the middle of a second request',
    serve: answering(ok, 2),
    call: async (caller) => {
      caller.write(simple);
      await caller.until('ok');
      caller.write(simple.slice(0, 10));
      await silence();
      caller.write(simple.slice(10));
    },
  },
];

test.for(conversations)('without a key, both ends see the same as directly: $name', async (conversation) => {
  const direct = await hold(conversation, async (service) => service);
  const through = await hold(conversation, async (service) => (await routed(service)).address);
  expect(through).toEqual(direct);
  expect(direct.service[0]?.bytes).not.toBe('');
});

test('silence ends nothing, however long', async () => {
  await Promise.all(
    silent.map(async (conversation) => {
      const [direct, through] = await Promise.all([
        hold(conversation, async (service) => service),
        hold(conversation, async (service) => (await routed(service)).address),
      ]);
      expect(through).toEqual(direct);
    }),
  );
});

/**
 * HAProxy reads messages and writes them anew: names of headers in the usual case, chunks and what belongs to one
 * connection (RFC 9110, section 7.6.1) by itself. So there the same conversations are compared by what they mean.
 */
const otherwise: Readonly<Record<string, string>> = {
  'case, order, duplicates and odd spacing of headers, both ways':
    'a fragment in the target is refused: RFC 9112, 3.2',
  'large headers': 'heads of up to 127 kB pass, not 300 kB: a test of its own',
  'chunks, extensions and trailers, both ways': 'the service compares the name of a trailer with case',
  'a caller that closes its half and still reads':
    'the service waits for the end of the half: a test of its own',
  'a caller that closes its half in the middle of a body': 'the request is cut off at once',
  'HEAD, 204 and 304 with a length and no body': 'the length of a 204 is dropped: RFC 9110, 8.6',
  'headers about the connection, as both sides chose them': 'they are those of each side of the router',
  'a head that breaks off': 'nothing is passed on of it',
  'a caller that resets while it waits':
    'a caller may close its half, so its leaving shows when the answer comes',
};

function meaning(text: string): string {
  const own = /^(connection|keep-alive): .*\r\n/gm;
  return text
    .replace(
      /^([\w-]+):[ \t]*(.*?)[ \t]*\r\n/gm,
      (_, name: string, value: string) => `${name.toLowerCase()}: ${value}\r\n`,
    )
    .replace(own, '')
    .replace(/^(HTTP\/1\.1 \d{3}) ?\r\n/gm, '$1\r\n');
}

const haproxy = routers.find(({ name }) => name === 'haproxy');
const through = async (service: Address) => {
  const router = await haproxy?.open({ baseline: service });
  if (router === undefined) throw new Error('no HAProxy');
  return router.address;
};

test.for(conversations.filter(({ name }) => otherwise[name] === undefined))(
  'without a key, both ends hear the same over HAProxy: $name',
  async (conversation) => {
    const direct = await hold(conversation, async (service) => service);
    const heard: Heard[] = [];
    const service = await rawService((socket) => {
      const one = new Heard(socket);
      heard.push(one);
      conversation.serve(socket, one);
    });
    const caller = new RawCaller(await through(service));
    await conversation.call(caller);
    const expected = {
      caller: meaning(direct.caller.bytes),
      service: direct.service.map(({ bytes }) => meaning(bytes)).join(''),
    };
    const got = () => ({
      caller: meaning(caller.text),
      service: meaning(heard.map(({ bytes }) => bytes.toString('latin1')).join('')),
    });
    await vi.waitFor(() => expect(got()).toEqual(expected), { timeout: 10_000, interval: 20 });
  },
);

test('HAProxy passes heads of 100 kB and 5,000 lines, both ways', async () => {
  const service = await rawService((socket) => {
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      socket.write(
        `HTTP/1.1 200 OK\r\nX-Heard: ${text.length}\r\nX-Big: ${'r'.repeat(100_000)}\r\nContent-Length: 2\r\n\r\nok`,
      );
    });
  });
  const caller = new RawCaller(await through(service));
  caller.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${'q'.repeat(100_000)}\r\n\r\n`);
  const answer = await caller.until('ok');
  expect(answer).toContain('x-heard: 100036\r\n');
  expect(answer).toContain('r'.repeat(100_000));
});

test('HAProxy answers a caller that has closed its half', async () => {
  const service = await rawService((socket) => {
    socket.once('data', () => setTimeout(() => socket.write(ok), 200));
  });
  const caller = new RawCaller(await through(service));
  caller.write(simple);
  caller.socket.end();
  expect(await caller.closed()).toContain('ok');
});

test('HAProxy ends a keyed request with its caller, at the baseline as at a fork', async () => {
  const heard = { baseline: 0, fork: 0, ended: 0 };
  const patient = (name: 'baseline' | 'fork') =>
    rawService((socket) => {
      socket.on('error', () => {}).on('close', () => (heard.ended += 1));
      socket.once('data', () => {
        heard[name] += 1;
        setTimeout(() => socket.write(ok), 1000);
      });
    });
  const router = await haproxy?.open({
    baseline: await patient('baseline'),
    forks: [{ service: 'pricing', key: keyA, sandbox: 'pr-1', address: await patient('fork') }],
  });
  if (router === undefined) throw new Error('no HAProxy');
  for (const [key, name] of [
    [baselineKey, 'baseline'],
    [keyA, 'fork'],
  ] as const) {
    const caller = new RawCaller(router.address);
    caller.write(simple.replace('\r\n', `\r\nbaggage: seatrial=${key}\r\n`));
    await vi.waitFor(() => expect(heard[name]).toBe(1), { timeout: 5000, interval: 5 });
    caller.socket.end();
    expect(await caller.closed()).toMatch(
      /^HTTP\/1.1 400 .*x-seatrial-error: caller-ended\r\n.*closed its side/s,
    );
    await vi.waitFor(async () => {
      const { counts } = await router.receipt(key);
      expect(counts).toMatchObject([{ destination: name, count: 1, failed: 1 }]);
    }, 5000);
  }
  expect(heard.ended).toBe(2);
});

test('HAProxy passes trailers in both directions', async () => {
  let heard = '';
  const service = await rawService((socket) => {
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1');
      if (!heard.includes('x-sum: 9')) return;
      socket.write(
        'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 13\r\n\r\n',
      );
    });
  });
  const caller = new RawCaller(await through(service));
  caller.write(
    'POST / HTTP/1.1\r\nHost: x\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 9\r\n\r\n',
  );
  expect(await caller.until('x-sum: 13')).toContain('abc');
});

test('silence of caller and service ends nothing over HAProxy', async () => {
  const [first] = silent;
  if (first === undefined) throw new Error('no silent service');
  const service = await rawService((socket) => first.serve(socket, new Heard(socket)));
  const caller = new RawCaller(await through(service));
  caller.write(simple);
  expect(await caller.until('ok')).toContain('200 OK');
  await silence();
  caller.write(simple.slice(0, 10));
  expect(caller.socket.destroyed).toBe(false);
});

import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type Channel, openChannel } from '../../src/cluster/channel.ts';
import { type SessionTimes, sessionTimes } from '../../src/cluster/session.ts';
import { type KubeApi, KubeError } from '../../src/kube/api.ts';
import { noLog } from '../../src/log.ts';

const never = new AbortController().signal;

interface Pod {
  readonly server: Http2Server;
  readonly sessions: ServerHttp2Session[];
  /** Of port-forwards to it. */
  readonly ways: Way[];
}

/** A port-forward as `kube/port-forward.ts` gives it: no socket that Node's HTTP/2 could take over. */
class Way extends Duplex {
  readonly #socket: Socket;
  frozen = false;

  constructor(port: number) {
    super({ allowHalfOpen: false });
    this.#socket = connect(port, '127.0.0.1')
      .on('data', (bytes) => {
        if (!this.frozen) this.push(bytes);
      })
      .on('error', () => {})
      .on('close', () => this.push(null));
    this.on('error', () => {});
  }

  override _read(): void {}

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.#socket.write(bytes);
    done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

async function pod(onStream: (stream: ServerHttp2Stream, path: string) => void): Promise<Pod> {
  const sessions: ServerHttp2Session[] = [];
  const server = createServer();
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => {});
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, headers[':path'] ?? headers[':authority'] ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const session of sessions) session.destroy();
  });
  return { server, sessions, ways: [] };
}

/** A channel to pods that are servers of this process; null for one that is not there. */
function channelTo(pods: readonly (Pod | null)[], times: Partial<SessionTimes> = {}): Channel {
  const kube = {
    server: 'https://api.test',
    portForward: async ({ name }: { name: string }): Promise<Duplex> => {
      const found = pods[Number(name.at(-1))];
      if (!found) throw new KubeError(404, 'NotFound', `pods ${name} not found`);
      const way = new Way((found.server.address() as AddressInfo).port);
      found.ways.push(way);
      return way;
    },
  } as unknown as KubeApi;
  const channel = openChannel({ kube, namespace: 'shop', log: noLog, times: { ...sessionTimes, ...times } });
  onTestFinished(() => channel.close());
  return channel;
}

async function outcome(stream: Duplex): Promise<string> {
  let text = '';
  try {
    for await (const part of stream) text += part;
    return `whole: ${text}`;
  } catch {
    return `broken off: ${text}`;
  }
}

/** Says something, and leaves the stream open. */
function sayPart(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 });
  stream.write('part');
  stream.resume();
}

test.for([
  ['the way is cut', ({ ways }: Pod) => ways[0]?.destroy()],
  ['the way ends in order', ({ ways }: Pod) => ways[0]?.end()],
  ['the gateway gives up the session', ({ sessions }: Pod) => sessions[0]?.destroy()],
] as const)('a stream never looks whole when %s', async ([, cut]) => {
  for (const ended of [false, true]) {
    const gateway = await pod(sayPart);
    const channel = channelTo([gateway, null], { waitMs: 300 });
    const stream = await channel.dial('pricing', 80, never);
    if (ended) stream.end('all that we say');
    stream.once('readable', () => cut(gateway));
    expect(await outcome(stream)).toMatch(/^broken off/);
  }
});

test('a stream never looks whole when the channel is closed, or found dead', async () => {
  const gateway = await pod(sayPart);
  const channel = channelTo([gateway, null]);
  const stream = await channel.dial('pricing', 80, never);
  stream.end('all that we say');
  stream.once('readable', () => void channel.close());
  expect(await outcome(stream)).toMatch(/^broken off/);

  const silent = channelTo([gateway, null], { pingMs: 50, silenceMs: 100 });
  const other = await silent.dial('pricing', 80, never);
  other.end('all that we say');
  other.once('readable', () => {
    for (const way of gateway.ways) way.frozen = true;
  });
  expect(await outcome(other)).toMatch(/^broken off/);
});

test('a stream that the gateway ends is whole', async () => {
  const gateway = await pod((stream) => {
    stream.respond({ ':status': 200 });
    stream.resume().on('end', () => stream.end('all'));
  });
  const stream = await channelTo([gateway, null]).dial('pricing', 80, never);
  stream.end('bytes');
  expect(await outcome(stream)).toBe('whole: all');
});

test('one session serves all, and the other pod the next', async () => {
  const answer = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 });
    stream.end('[]');
  };
  const pods = [await pod(answer), await pod(answer)] as const;
  const channel = channelTo(pods);
  await Promise.all(Array.from({ length: 20 }, () => channel.services(never)));
  expect([pods[0].sessions.length, pods[1].sessions.length]).toEqual([1, 0]);
  pods[0].server.close();
  for (const session of pods[0].sessions) session.close();
  await expect.poll(() => pods[0].sessions[0]?.destroyed).toBe(true);
  await Promise.all(Array.from({ length: 20 }, () => channel.services(never)));
  expect(pods[1].sessions.length).toBe(1);
});

test('a question that was lost with its session is asked once more, by itself', async () => {
  let asked = 0;
  const gateway: Pod = await pod((stream) => {
    asked += 1;
    if (asked === 1) gateway.ways[0]?.destroy();
    else {
      stream.respond({ ':status': 200 });
      stream.end('[]');
    }
  });
  const channel = { ...channelTo([gateway, null]) };
  expect(channel.breaks()).toBe(0);
  expect(await channel.services(never)).toEqual([]);
  expect(asked).toBe(2);
  // What a copy says, too: the host makes one.
  expect(channel.breaks()).toBe(1);
});

test('an answer that is cut off is no answer', async () => {
  let asked = 0;
  const gateway: Pod = await pod((stream) => {
    asked += 1;
    stream.respond({ ':status': 200 });
    stream.write('[');
    setTimeout(() => gateway.ways.at(-1)?.destroy(), 20);
  });
  const channel = channelTo([gateway, null], { waitMs: 300 });
  await expect(channel.services(never)).rejects.toMatchObject({ code: 'gateway-unreachable' });
  expect(asked).toBe(2);
});

test('an error of the gateway arrives as it was said; what is none of ours does not', async () => {
  const said = { code: 'unknown-service', what: 'No.', next: 'Ask for another.' };
  const bodies = [JSON.stringify(said), '<html>', JSON.stringify({ ...said, code: 'toString' })];
  const gateway = await pod((stream) => {
    stream.respond({ ':status': 404 });
    stream.end(bodies.shift());
  });
  const channel = channelTo([gateway, null]);
  const data = async () => (await channel.dial('pricing', 80, never).catch((thrown) => thrown)).data;
  expect(await data()).toEqual(said);
  expect(await data()).toMatchObject({ code: 'gateway-unreachable', what: expect.stringContaining('404') });
  expect(await data()).toMatchObject({ code: 'gateway-unreachable' });
});

test('who gives up waiting is let go at once, and nothing else is', async () => {
  const gateway = await pod((stream, path) => {
    if (path !== '/v1/services') return;
    stream.respond({ ':status': 200 });
    stream.end('[]');
  });
  const channel = channelTo([gateway, null]);
  const reason = new Error('enough');
  const end = new AbortController();
  const waiting = channel.dial('pricing', 80, end.signal);
  const asking = channel.version(end.signal);
  await expect.poll(() => gateway.sessions.length).toBe(1);
  end.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await expect(asking).rejects.toBe(reason);
  expect(await channel.services(never)).toEqual([]);
});

import { once } from 'node:events';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { SeatrialError } from '../../../src/errors.ts';
import { openCluster } from '../support/cluster.ts';
import { type ScratchNamespace, scratchNamespace } from '../support/namespace.ts';
import { applyLab, channelTo, never } from './support.ts';

const cluster = await openCluster();
let namespace: ScratchNamespace;

beforeAll(async () => {
  namespace = await scratchNamespace(cluster, 'kube');
  await applyLab(cluster, namespace.name);
});

afterAll(() => namespace?.[Symbol.asyncDispose]());

const key = 'a'.repeat(20);
const patience = { timeout: 40_000, interval: 200 };

const open = () => channelTo(cluster, namespace.name);

async function readAll(stream: Duplex): Promise<string> {
  let text = '';
  for await (const part of stream) text += part;
  return text;
}

async function errorOf(work: Promise<unknown>): Promise<SeatrialError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SeatrialError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('the gateway', () => {
  test('says of each Service whether it can be forked, and why not', async () => {
    await using channel = open();
    const services = await channel.services(never);
    expect(services.map(({ name, port, forkable }) => ({ name, port, forkable }))).toEqual([
      { name: 'echo', port: 80, forkable: true },
      { name: 'elsewhere', port: null, forkable: false },
    ]);
    expect(services[0]).toMatchObject({ workload: 'echo', commit: 'c0ffee', enrolled: false, refusal: null });
    expect(services[1]?.refusal).toContain('ExternalName');
    expect(await channel.version(never)).toEqual({ version: 'test', namespace: namespace.name });
  });

  test('adds up what all routers counted', async () => {
    await using channel = open();
    const receipt = await channel.receipts({ key, correlations: ['aaaaaaaa', 'bbbbbbbb'] }, never);
    expect(receipt).toMatchObject({ complete: true, incompleteReason: null, hops: [] });
    expect(receipt.routers).toHaveLength(2);
    expect(receipt.counts).toEqual([
      { correlation: 'aaaaaaaa', service: 'echo', destination: 'fork', count: 2 },
      { correlation: 'bbbbbbbb', service: 'echo', destination: 'fork', count: 2 },
    ]);
    const again = await channel.receipts({ key }, never);
    expect(again.epoch).toBe(receipt.epoch);
  });

  test('asks in parts where there are many correlations', async () => {
    await using channel = open();
    const correlations = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(8, '0'));
    const receipt = await channel.receipts({ key, correlations }, never);
    expect(receipt.complete).toBe(true);
    expect(receipt.counts).toHaveLength(1_000);
    expect(receipt.counts.every(({ count }) => count === 2)).toBe(true);
  });

  test('says that a receipt is incomplete while a router runs that cannot be heard', async () => {
    await using channel = open();
    const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace.name, ...args]);
    const used = await kubectl('get', 'pods', '-o', 'jsonpath={.items[0].spec.containers[0].image}');
    const label = '--labels=seatrial.dev/role=router';
    await kubectl(
      'run',
      'mute',
      `--image=${used}`,
      label,
      '--restart=Never',
      '--command',
      '--',
      'sleep',
      '600',
    );
    await kubectl('wait', '--for=condition=Ready', 'pod/mute', '--timeout=60s');
    const asked = async () => (await channel.receipts({ key }, never)).incompleteReason;
    await expect.poll(asked, patience).toBe('Router mute does not answer.');
    await kubectl('delete', 'pod', 'mute', '--grace-period=0', '--force');
    await expect.poll(asked, patience).toBe(null);
  });

  test('changes the epoch of receipts when a router goes, and has none without routers', async () => {
    await using channel = open();
    const before = await channel.receipts({ key }, never);
    const [router = ''] = before.routers;
    await cluster.kubectl(['-n', namespace.name, 'delete', 'pod', router, '--wait=false']);
    await expect
      .poll(async () => (await channel.receipts({ key }, never)).epoch !== before.epoch, patience)
      .toBe(true);
    await cluster.kubectl(['-n', namespace.name, 'rollout', 'status', 'deployment/router', '--timeout=60s']);
    await expect
      .poll(async () => {
        const { complete, routers } = await channel.receipts({ key }, never);
        return { complete, routers: routers.length, gone: !routers.includes(router) };
      }, patience)
      .toEqual({ complete: true, routers: 2, gone: true });
    await cluster.kubectl(['-n', namespace.name, 'scale', 'deployment/router', '--replicas=0']);
    await expect
      .poll(async () => (await channel.receipts({ key }, never)).incompleteReason, patience)
      .toBe('No router runs in the namespace.');
  });

  test('gives the log of a fork of the named sandbox, and of no other pod', async () => {
    await using channel = open();
    const labels = ['seatrial.dev/sandbox=pr-1,seatrial.dev/service=echo'];
    const image = 'jsonpath={.items[0].spec.containers[0].image}';
    const used = await cluster.kubectl(['-n', namespace.name, 'get', 'pods', '-o', image]);
    await cluster.kubectl([
      ...['-n', namespace.name, 'run', 'fork', `--image=${used}`, '--restart=Never', `--labels=${labels}`],
      ...['--command', '--', 'sh', '-c', 'for n in 1 2 3; do echo line $n; done; sleep 600'],
    ]);
    await expect
      .poll(() => channel.logs('pr-1', 'echo', 2, never).catch(() => []), patience)
      .toEqual(['line 2', 'line 3']);
    expect((await errorOf(channel.logs('pr-2', 'echo', 2, never))).code).toBe('unknown-service');
    expect((await errorOf(channel.logs('baseline', 'echo', 2, never))).code).toBe('unknown-service');
    expect((await errorOf(channel.logs('../..', 'echo', 2, never))).code).toBe('invalid-argument');
    await cluster.kubectl(['-n', namespace.name, 'delete', 'pod', 'fork', '--grace-period=0', '--force']);
  });
});

describe('a stream through the channel', () => {
  test('carries HTTP, with its own name as Host', async () => {
    await using channel = open();
    const answer = await get(channel.open('echo', 80), '/path');
    expect(answer).toBe('GET /path by echo');
  });

  test('carries 100 MB each way, and holds little of it', async () => {
    await using channel = open();
    const bytes = 100 * 1024 * 1024;
    const before = held();
    let highest = 0;
    const watcher = setInterval(() => {
      highest = Math.max(highest, held() - before);
    }, 1_000);
    try {
      const down = await answerTo(channel.open('echo', 80), 'GET', `/bytes?n=${bytes}`);
      let got = 0;
      for await (const part of down) got += (part as Buffer).length;
      expect(got).toBe(bytes);

      const up = request({
        createConnection: () => channel.open('echo', 80),
        method: 'POST',
        path: '/count',
      });
      up.on('error', () => {});
      const block = Buffer.alloc(64 * 1024);
      for (let sent = 0; sent < bytes; sent += block.length) {
        if (!up.write(block)) await once(up, 'drain');
      }
      up.end();
      const [answer] = await once(up, 'response');
      expect(await readAll(answer)).toBe(String(bytes));
    } finally {
      clearInterval(watcher);
    }
    // With what the collector has not given back yet: 20 MiB were seen where the bytes came fast.
    expect(highest).toBeLessThan(40 * 1024 * 1024);
    const used = await cluster.kubectl(['-n', namespace.name, 'get', 'pods', '-o', restartCounts]);
    expect(used.trim()).toMatch(/^(0 )*0$/);
  });

  test('stops who writes, where nobody reads', async () => {
    await using channel = open();
    const before = held();
    const down = await answerTo(channel.open('echo', 80), 'GET', `/bytes?n=${1024 ** 3}`);
    await sleep(1_500);
    expect(held() - before).toBeLessThan(16 * 1024 * 1024);
    down.destroy();
    // And holds up nothing else.
    expect(await get(channel.open('echo', 80), '/other')).toContain('/other');
  });

  test('has two ends: what was ended one way goes on the other way', async () => {
    await using channel = open();
    const stream = await channel.dial('echo', 9000, never);
    stream.write('12345');
    await sleep(100);
    stream.end('67890');
    expect(await readAll(stream)).toBe('10 bytes, then your end');
  });

  test('that is broken off on this side is reset on the other, not ended', async () => {
    await using channel = open();
    const stream = await channel.dial('echo', 9000, never);
    await new Promise((resolve) => stream.write('12345', resolve));
    await sleep(200);
    stream.destroy();
    await expect.poll(async () => readAll(await channel.dial('echo', 9001, never))).toBe('reset after 5');
  });

  test('that the service resets breaks off with an error, and does not just end', async () => {
    await using channel = open();
    const stream = await channel.dial('echo', 9002, never);
    stream.write('anything');
    await expect(readAll(stream)).rejects.toThrow('broke off');
  });

  test('carries a WebSocket', async () => {
    await using channel = open();
    const socket = new WebSocket('ws://echo/', { createConnection: () => channel.open('echo', 80) as never });
    socket.on('error', () => {});
    await once(socket, 'open');
    socket.send('hello');
    const [answer] = await once(socket, 'message');
    expect(String(answer)).toBe('back: hello');
    socket.terminate();
  });

  test('shares the way with 200 others, each with its own bytes', async () => {
    await using channel = open();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => get(channel.open('echo', 80), `/${n}`)),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, n) => `GET /${n} by echo`));
  });

  test('is refused where there is no such Service or port, and where nobody listens', async () => {
    await using channel = open();
    const refused = async (service: string, port: number) =>
      (await errorOf(channel.dial(service, port, never))).code;
    expect(await refused('nope', 80)).toBe('unknown-service');
    expect(await refused('echo', 81)).toBe('unknown-service');
    expect(await refused('elsewhere', 80)).toBe('unknown-service');
    expect(await refused('echo.kube-system', 80)).toBe('invalid-argument');
    expect(await refused('echo', 9003)).toBe('service-unreachable');
  });
});

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes in buffers that somebody holds. */
function held(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const restartCounts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}';

async function answerTo(stream: Duplex, method: string, path: string): Promise<Duplex> {
  const outgoing = request({ createConnection: () => stream, method, path, headers: { host: 'echo' } });
  // A channel closed right after the last byte may break off the end of a connection: the answer has been read by then.
  outgoing.on('error', () => {});
  outgoing.end();
  const [answer] = await once(outgoing, 'response');
  return answer;
}

async function get(stream: Duplex, path: string): Promise<string> {
  return readAll(await answerTo(stream, 'GET', path));
}

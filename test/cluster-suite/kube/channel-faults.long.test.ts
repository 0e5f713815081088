import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openChannel } from '../../../src/cluster/channel.ts';
import { sessionTimes } from '../../../src/cluster/session.ts';
import { SeatrialError } from '../../../src/errors.ts';
import { noLog } from '../../../src/log.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { type ScratchNamespace, scratchNamespace } from '../support/namespace.ts';
import { applyLab, channelTo, kubeThrough, never, restrictedKube } from './support.ts';

const cluster = await openCluster();
let namespace: ScratchNamespace;

beforeAll(async () => {
  namespace = await scratchNamespace(cluster, 'kube');
  await applyLab(cluster, namespace.name);
});

afterAll(() => namespace?.[Symbol.asyncDispose]());

const open = () => channelTo(cluster, namespace.name);

describe('the channel', () => {
  test('goes on through the other pod when its gateway is killed, and loses only what was under way', async () => {
    await using channel = open();
    const ask = () => get(channel.open('echo', 80), '/x');
    expect(await ask()).toContain('/x');
    for (const pod of ['seatrial-gateway-0', 'seatrial-gateway-1']) {
      const late = get(channel.open('echo', 80), '/late?ms=20000').catch((error) => error);
      await sleep(300);
      await cluster.kubectl(['-n', namespace.name, 'delete', 'pod', pod, '--grace-period=0', '--force']);
      for (let n = 0; n < 20; n += 1) expect(await ask()).toContain('/x');
      expect((await channel.services(never)).length).toBe(2);
      await cluster.kubectl(['-n', namespace.name, 'rollout', 'status', 'statefulset/seatrial-gateway']);
      void late;
    }
    expect(await ask()).toContain('/x');
  });

  test('lets what is under way end when its gateway ends in order', async () => {
    await using channel = open();
    const answers: Promise<string>[] = [];
    // One of the two serves it; both are rolled.
    answers.push(get(channel.open('echo', 80), '/late?ms=4000'));
    await sleep(300);
    await cluster.kubectl(['-n', namespace.name, 'rollout', 'restart', 'statefulset/seatrial-gateway']);
    expect(await Promise.all(answers)).toEqual(['late']);
    for (let n = 0; n < 50; n += 1) {
      expect(await get(channel.open('echo', 80), `/${n}`)).toContain(`/${n}`);
      await sleep(100);
    }
    await cluster.kubectl(['-n', namespace.name, 'rollout', 'status', 'statefulset/seatrial-gateway']);
  });

  test('comes back when the connection to the API server is cut, and says so while it cannot', async () => {
    const path = await relay();
    const kube = kubeThrough(cluster, path.port);
    const times = { ...sessionTimes, waitMs: 2_000 };
    const channel = openChannel({ kube, namespace: namespace.name, log: noLog, times });
    onTestFinished(async () => {
      await channel.close();
      kube.close();
    });
    expect(await get(channel.open('echo', 80), '/1')).toContain('/1');
    for (let n = 0; n < 5; n += 1) {
      path.cut();
      expect(await get(channel.open('echo', 80), `/${n}`)).toContain(`/${n}`);
    }
    const broken = get(channel.open('echo', 80), '/late?ms=20000');
    await sleep(300);
    await path.stop();
    await expect(broken).rejects.toThrow();
    const error = await channel.services(never).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(SeatrialError);
    expect(error.data).toMatchObject({
      code: 'gateway-unreachable',
      why: 'The API server does not answer, or lost the connection.',
    });
    const services = channel.services(never);
    await path.start();
    expect((await services).length).toBe(2);
  });

  test('sees a way that is dead in silence, and takes a new one', async () => {
    const path = await relay();
    const kube = kubeThrough(cluster, path.port);
    const times = { ...sessionTimes, pingMs: 300, silenceMs: 700 };
    const channel = openChannel({ kube, namespace: namespace.name, log: noLog, times });
    onTestFinished(async () => {
      await channel.close();
      kube.close();
    });
    expect(await get(channel.open('echo', 80), '/1')).toContain('/1');
    const stream = await channel.dial('echo', 9000, never);
    path.freeze();
    stream.end('12345');
    // What was not answered yet is asked anew; what stood breaks off.
    expect(await get(channel.open('echo', 80), '/late?ms=0')).toBe('late');
    await expect(text(stream)).rejects.toThrow('broke off');
    expect(await get(channel.open('echo', 80), '/2')).toContain('/2');
  });

  test('stays open through a long silence of its streams', async () => {
    await using channel = open();
    const stream = await channel.dial('echo', 9000, never);
    stream.write('1');
    await sleep(40_000);
    stream.end('2');
    expect(await text(stream)).toBe('2 bytes, then your end');
  });

  test('names the rule that is missing', async () => {
    const agent = await restrictedKube(cluster, namespace.name, []);
    const channel = openChannel({ kube: agent, namespace: namespace.name, log: noLog });
    onTestFinished(async () => {
      await channel.close();
      agent.close();
    });
    const error = await channel.services(never).catch((thrown) => thrown);
    expect(error.data).toMatchObject({
      code: 'gateway-unreachable',
      why: expect.stringContaining(
        'verbs get and create on pods/portforward, resourceNames seatrial-gateway-0, seatrial-gateway-1',
      ),
    });
    // And needs no more than that.
    await applyYaml(cluster, JSON.stringify(agentRole), { namespace: namespace.name });
    await expect.poll(async () => (await channel.services(never).catch(() => [])).length).toBe(2);
  });

  test('says what to do where the namespace has no gateway', async () => {
    await using empty = await scratchNamespace(cluster, 'kube');
    const kube = kubeThrough(cluster, null);
    const times = { ...sessionTimes, waitMs: 500 };
    const channel = openChannel({ kube, namespace: empty.name, log: noLog, times });
    const error = await channel.services(never).catch((thrown) => thrown);
    await channel.close();
    kube.close();
    expect(error.data).toMatchObject({
      why: `Namespace ${empty.name} has no pods seatrial-gateway-0 and seatrial-gateway-1.`,
      next: expect.stringContaining('seatrial enroll'),
    });
  });
});

const agentRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'agent' },
  rules: [
    {
      apiGroups: [''],
      resources: ['pods/portforward'],
      verbs: ['get', 'create'],
      resourceNames: ['seatrial-gateway-0', 'seatrial-gateway-1'],
    },
  ],
};

interface Relay {
  readonly port: number;
  /** Cuts all connections; new ones are taken. */
  cut(): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The connections that are there carry nothing more, and do not end. */
  freeze(): void;
}

/** A way to the API server that can be cut, as one would be that goes through a VPN. */
async function relay(): Promise<Relay> {
  const api = new URL(kubeThrough(cluster, null).server);
  const sockets = new Set<Socket>();
  const frozen = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: api.hostname, port: Number(api.port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!frozen.has(from)) to.write(bytes);
      });
      from
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  });
  let port = 0;
  const start = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
  };
  const cut = () => {
    for (const socket of [...sockets]) socket.resetAndDestroy();
  };
  await start();
  onTestFinished(() => {
    server.close();
    cut();
  });
  return {
    get port() {
      return port;
    },
    start,
    cut,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
    freeze: () => {
      for (const socket of sockets) frozen.add(socket);
    },
  };
}

async function get(stream: Duplex, path: string): Promise<string> {
  const outgoing = request({ createConnection: () => stream, path, headers: { host: 'echo' } });
  outgoing.on('error', () => {});
  outgoing.end();
  const [answer] = await once(outgoing, 'response');
  return text(answer);
}

async function text(stream: Duplex): Promise<string> {
  let all = '';
  for await (const part of stream) all += part;
  return all;
}

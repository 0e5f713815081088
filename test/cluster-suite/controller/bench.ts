import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKube } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/connect.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import type { ResourceFork, SandboxResource } from '../../../src/sandbox/resource.ts';
import { applyCrd, applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { ownImage } from '../support/image.ts';
import { type ScratchNamespace, scratchNamespace } from '../support/namespace.ts';
import { objectsOf } from '../support/objects.ts';
import { baselineYaml } from './baseline.ts';

const signal = AbortSignal.timeout(1_200_000);

export interface Bench {
  readonly namespace: string;
  readonly kube: KubeClient;
  /** Starts one more controller. */
  start(): Promise<Controller>;
  create(name: string, change?: Partial<ResourceFork>, more?: object): Promise<void>;
  patch(name: string, spec: object): Promise<void>;
  remove(name: string): Promise<void>;
  get(name: string): Promise<SandboxResource | null>;
  /** Asks until it holds; rejects with what is there after `seconds`. */
  until(
    name: string,
    holds: (sandbox: SandboxResource | null) => boolean,
    seconds?: number,
  ): Promise<SandboxResource | null>;
  /** All objects that carry the sandbox's label. */
  objectsOf(name: string): Promise<readonly string[]>;
  tombstones(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export interface Controller {
  readonly identity: string;
  /** SIGKILL, awaited. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Of ours, Events and Leases apart, since the start. */
  writes(): Promise<number>;
  leads(): Promise<boolean>;
  log(): string;
}

/** A namespace with a baseline that is enrolled and has one router, and controllers to start and kill. */
export async function openBench(cluster: Cluster, prefix: string): Promise<Bench> {
  const image = await ownImage(cluster);
  const scratch: ScratchNamespace = await scratchNamespace(cluster, prefix);
  const namespace = scratch.name;
  await applyCrd(cluster);
  await applyYaml(cluster, baselineYaml(image), { namespace });
  await rolledOut(cluster, namespace, ['deployment/pricing', 'deployment/seatrial-router']);
  const kube = openKube({ kubeconfig: { file: cluster.kubeconfig }, userAgent: 'seatrial-test/1' });
  const started: Controller[] = [];
  const ref = (name: string) => ({ resource: resources.sandboxes, namespace, name });
  const get = (name: string) => kube.get<SandboxResource>(ref(name), signal);
  return {
    namespace,
    kube,
    start: async () => {
      const controller = await startController(cluster, namespace);
      started.push(controller);
      return controller;
    },
    create: async (name, change = {}, more = {}) => {
      const sandbox: SandboxResource = {
        apiVersion: 'seatrial.dev/v1alpha1',
        kind: 'Sandbox',
        metadata: { name, namespace, finalizers: ['seatrial.dev/teardown'] },
        spec: {
          owner: { principal: 'test', repository: 'shop', workingTree: 'w' },
          lease: { durationSeconds: 600, maxSeconds: 3600 },
          forks: [{ service: 'pricing', source: { image }, ...change }],
          ...more,
        },
      };
      await kube.create(resources.sandboxes, sandbox, signal);
    },
    patch: async (name, spec) => {
      await kube.patch(ref(name), { kind: 'merge', body: { spec } }, signal);
    },
    remove: async (name) => {
      await kube.delete(ref(name), {}, signal);
    },
    get,
    until: async (name, holds, seconds = 60) => {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const sandbox = await get(name);
        if (holds(sandbox)) return sandbox;
        if (Date.now() > deadline) {
          const logs = started.map((controller) => controller.log().slice(-2_000)).join('\n');
          throw new Error(`not within ${seconds} s: ${JSON.stringify(sandbox?.status, null, 1)}\n${logs}`);
        }
        await sleep(100);
      }
    },
    objectsOf: (name) => objectsOf(kube, namespace, name),
    tombstones: async () => {
      const map = { resource: resources.configMaps, namespace, name: 'seatrial-tombstones' };
      const found = await kube.get<KubeObject & { data?: Record<string, string> }>(map, signal);
      return found?.data ?? {};
    },
    close: async () => {
      const { items } = await kube.list<SandboxResource>(resources.sandboxes, { namespace }, signal);
      for (const { metadata } of items) await kube.delete(ref(metadata.name), {}, signal);
      const deadline = Date.now() + 60_000;
      while (Date.now() < deadline) {
        const left = await kube.list<SandboxResource>(resources.sandboxes, { namespace }, signal);
        if (left.items.length === 0) break;
        await sleep(200);
      }
      await Promise.all(started.map((controller) => controller.stop()));
      kube.close();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

async function startController(cluster: Cluster, namespace: string): Promise<Controller> {
  const port = await freePort();
  const program = join(import.meta.dirname, 'program.ts');
  const child: ChildProcess = spawn(process.execPath, [program, namespace, namespace, String(port)], {
    env: cluster.env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'exit');
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const end = async (name: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name);
    await ended;
  };
  const deadline = Date.now() + 60_000;
  while (!log.includes('controller started')) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`no controller: ${log}`);
    await sleep(50);
  }
  return {
    identity: `test-${child.pid}`,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    leads: async () => (await metrics()).includes('seatrial_leading 1'),
    writes: async () =>
      (await metrics())
        .split('\n')
        .filter((line) => line.startsWith('seatrial_api_writes_total') && !line.includes('"events"'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
    log: () => log,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { KubeApi } from '../../../src/kube/api.ts';
import type { ConfigMap, KubeObject, Pod, Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { storedOriginal } from '../../../src/operator/enrolment/original.ts';
import type { Engine } from '../../../src/sandbox/engine.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import type { Cluster } from '../support/cluster.ts';
import { openEngine, serviceOf } from '../support/engine.ts';
import { type Installation, installSeatrial, seatrial } from '../support/installation.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { objectsOf } from '../support/objects.ts';
import type { Ran } from '../support/process.ts';
import { caller as callerPod } from '../support/workload.ts';
import { manifests, serviceManifests, services } from './app.ts';
import { type Caller, callerIn, type Seen } from './load.ts';

/** An installation with an enrolled baseline, and what must hold of it after every fault. */
export interface Stage {
  readonly cluster: Cluster;
  readonly kube: KubeApi;
  readonly namespace: string;
  /** Served by the same installation, and empty. */
  readonly doomed: string;
  readonly systemNamespace: string;
  readonly image: string;
  readonly engine: Engine;
  readonly caller: Caller;
  /** The cluster IP of `pricing`. */
  readonly address: string;
  /** An engine on another port to the API: with other rights, or a kube that lies. */
  engineOn(kube: KubeApi, namespace?: string): Promise<Engine>;
  /** Asks for a sandbox; resolves once it has its key. */
  begin(name: string, options?: ForkOptions, engine?: Engine): Promise<Sandbox>;
  /** Until it is what it will be: not `provisioning`. */
  settled(name: string, engine?: Engine): Promise<Sandbox>;
  ready(name: string, options?: ForkOptions, engine?: Engine): Promise<Sandbox>;
  seatrial(args: readonly string[]): Promise<Ran>;
  /** What a caller with the key and one without see while `work` runs. */
  during(key: string, work: () => Promise<void>): Promise<{ readonly keyed: Seen; readonly unkeyed: Seen }>;
  pods(labelSelector: string): Promise<readonly Pod[]>;
  /** Names of all objects that carry the sandbox's label. */
  objectsOf(name: string): Promise<readonly string[]>;
  /** Tears it down and looks: nothing of it is there but its key in the list of tombstones, which is refused. */
  clean(name: string): Promise<void>;
  /** The Service remembers what it was, baseline requests go through, and it is enrolled. */
  intact(): Promise<void>;
  /** `pricing` as it is now, without what every write changes. */
  service(): Promise<Pick<Service, 'metadata' | 'spec'>>;
  /** Whether `pricing` leads to its baseline directly, as it does where no router is ready for long. */
  isGivenBack(): Promise<boolean>;
  /** Whether it was at any time until then. */
  givenBackUntil(end: Promise<unknown>): Promise<boolean>;
  /** As it was before anything of ours was there. */
  readonly original: Pick<Service, 'metadata' | 'spec'>;
  /** Its first owner applies it again; rejects on a conflict. */
  applyAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface ForkOptions {
  readonly service?: string;
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly leaseSeconds?: number;
}

const signal = AbortSignal.timeout(1_800_000);
const owner = { principal: 'os:test', repository: '/tmp/stage/.git', workingTree: '/tmp/stage' };

export async function openStage(cluster: Cluster): Promise<Stage> {
  const { kube } = cluster;
  const scratch = await scratchNamespace(cluster, 'faults');
  const namespace = scratch.name;
  const second = await scratchNamespace(cluster, 'faults-doomed');
  const doomed = second.name;
  const served = [namespace, doomed];
  const installation: Installation = await installSeatrial(cluster, `${namespace}-system`, served);
  const { systemNamespace, image } = installation;
  await applyYaml(cluster, manifests(image), { namespace });
  await cluster.kubectl(['-n', namespace, 'create', '-f', '-'], { input: JSON.stringify(callerPod(image)) });
  await cluster.kubectl(['-n', namespace, 'wait', '--for=condition=Ready', 'pod/caller', '--timeout=60s']);
  await rolledOut(cluster, namespace, ['deployment/pricing']);
  const cli = (args: readonly string[]) => seatrial(cluster, args);
  const read = async () => {
    const found = await kube.get<Service>(
      { resource: resources.services, namespace, name: 'pricing' },
      signal,
    );
    if (found === null) throw new Error('pricing is gone');
    return found;
  };
  const original = shown(await read());
  const address = (await read()).spec.clusterIP ?? '';
  const names = [...services, 'ghost'];
  const config = { services: names.map((name) => serviceOf(name, { observe: false })), maxSandboxes: 100 };
  const engineOn = (port: KubeApi, where = namespace) => openEngine(port, where, config, signal);
  const enrolled = await cli(['enroll', '--namespace', namespace, 'pricing']);
  if (enrolled.code !== 0) throw new Error(`not enrolled: ${enrolled.stderr}${enrolled.stdout}`);
  const engine = await engineOn(kube);
  const caller = callerIn(cluster, namespace, 'caller');
  const list = async <T extends KubeObject>(
    resource: (typeof resources)[keyof typeof resources],
    labelSelector: string,
  ) => (await kube.list<T>(resource, { namespace, labelSelector }, signal)).items;

  const stage: Stage = {
    cluster,
    kube,
    namespace,
    doomed,
    systemNamespace,
    image,
    engine,
    caller,
    address,
    original,
    engineOn,
    seatrial: cli,
    begin: (name, options = {}, by = engine) =>
      by.provision(
        {
          name,
          owner,
          leaseSeconds: options.leaseSeconds ?? 600,
          forks: [
            {
              service: options.service ?? 'pricing',
              env: options.env ?? {},
              revision: {
                kind: 'image',
                image: options.image ?? image,
                digest: null,
                revision: null,
              },
            },
          ],
        },
        signal,
      ),
    async settled(name, by = engine) {
      for await (const sandbox of by.watch(name, AbortSignal.timeout(100_000))) {
        if (sandbox.state !== 'provisioning') return sandbox;
      }
      throw new Error(`${name} ended`);
    },
    async ready(name, options, by = engine) {
      await stage.begin(name, options, by);
      const sandbox = await stage.settled(name, by);
      if (sandbox.state !== 'ready') throw new Error(JSON.stringify(sandbox, null, 1));
      return sandbox;
    },
    async during(key, work) {
      const [keyed, unkeyed] = [await caller.load(address, key), await caller.load(address, null)];
      try {
        await work();
      } finally {
        await sleep(500);
      }
      return { keyed: await keyed.stop(), unkeyed: await unkeyed.stop() };
    },
    pods: (labelSelector) => list<Pod>(resources.pods, labelSelector),
    objectsOf: (name) => objectsOf(kube, namespace, name),
    async clean(name) {
      const ref = { resource: resources.sandboxes, namespace, name };
      const key = (await kube.get<SandboxResource>(ref, signal))?.status?.routingKey;
      expect((await engine.teardown(name, signal)).left).toEqual([]);
      expect(await kube.get(ref, signal)).toBeNull();
      expect(await stage.objectsOf(name)).toEqual([]);
      if (key === undefined) return;
      const map = { resource: resources.configMaps, namespace, name: 'seatrial-tombstones' };
      expect((await kube.get<ConfigMap>(map, signal))?.data).toHaveProperty(key);
      const services = (await kube.get<ConfigMap>(map, signal))?.data?.[key] ?? '';
      if (!services.includes('pricing')) return;
      expect(await caller.ask(address, key, 3)).toEqual({ '503 torn-down': 3 });
    },
    async intact() {
      const service = await read();
      const stored = storedOriginal(service);
      expect(stored, 'it is enrolled').not.toBeNull();
      expect(await caller.ask(address, null, 10)).toEqual({ '200 baseline': 10 });
    },
    service: async () => shown(await read()),
    isGivenBack: async () => storedOriginal(await read()) === null,
    async givenBackUntil(end) {
      let ended = false;
      const over = end.finally(() => {
        ended = true;
      });
      let was = false;
      while (!ended) {
        was ||= await stage.isGivenBack();
        await sleep(200);
      }
      await over;
      return was;
    },
    applyAgain: () => applyYaml(cluster, serviceManifests(), { namespace }),
    async close() {
      await engine.close();
      await installation[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
      await second[Symbol.asyncDispose]();
    },
  };
  return stage;
}

function shown({ metadata, spec }: Service) {
  const { resourceVersion: _, ...rest } = metadata;
  return { metadata: rest, spec };
}

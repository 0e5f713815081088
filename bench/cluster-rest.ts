import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject, Pod } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { objectNames } from '../src/sandbox/cluster-names.ts';
import { type ClusterLab, clusterLab } from '../test/cluster-suite/engine/lab.ts';
import { type Cluster, openCluster } from '../test/cluster-suite/support/cluster.ts';
import { cpuSeconds, memoryMiB, type Usage, usageOf } from './cluster-usage.ts';
import { startFakeNodes } from './fake-nodes.ts';
import type { Bar, Benchmark, Report } from './report.ts';

/**
 * What controller, routers and gateways take of a cluster at rest, and with many sandboxes. Those run on fake nodes:
 * their pods are objects alone, at the address of one real pod that answers for all of them. So all that is ours is
 * real, and the machine holds it.
 */
export const clusterRestBenchmark: Benchmark = { name: 'cluster-rest', run };

const sandboxes = 200;
const atOnce = 20;
const nodes = 4;
const restMs = 60_000;
/** Kubelets look at their containers every 10 to 15 s. */
const seenAfterMs = 16_000;
/** Each lease is renewed once in so long, as an agent at work does. */
const renewEveryMs = 600_000;

interface Seen {
  readonly before: Usage;
  readonly rest: Usage;
  readonly made: Usage;
  readonly full: Usage;
}

async function run(): Promise<Report> {
  const cluster = await openCluster();
  const lab = await clusterLab(cluster, sandboxes + 5);
  const fakes = await startFakeNodes(cluster.kube, {
    name: `${lab.namespace}-fake`,
    count: nodes,
    address: await addressOf(cluster, lab, 'back'),
  });
  try {
    await leadForksTo(cluster, lab, fakes.podSpec);
    await one(lab, 'warm');
    await lab.engine.teardown('warm', within());
    await sleep(seenAfterMs);
    const look = () => usageOf(cluster, [lab.namespace, lab.systemNamespace]);
    const before = await look();
    await sleep(restMs);
    const rest = await look();
    const names = Array.from({ length: sandboxes }, (_, at) => `rest-${at}`);
    const began = performance.now();
    await inTurns(names, (name) => one(lab, name));
    const tookMs = performance.now() - began;
    await sleep(seenAfterMs);
    const made = await look();
    await renewing(lab, names, restMs);
    const full = await look();
    const leader = await leaderOf(cluster, lab);
    await inTurns(names, (name) => lab.engine.teardown(name, within()));
    return report({ before, rest, made, full }, leader, tookMs);
  } finally {
    await lab.close();
    await fakes.close();
  }
}

function within(): AbortSignal {
  return AbortSignal.timeout(300_000);
}

async function inTurns(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const left = [...names];
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function one({ engine, owner, revision }: ClusterLab, name: string): Promise<void> {
  const forks = [{ service: 'front', revision: await revision('front', 'v2'), env: {} }];
  let { state } = await engine.provision({ name, owner, leaseSeconds: 1800, forks }, within());
  for await (const view of engine.watch(name, within())) {
    state = view.state;
    if (state !== 'provisioning') break;
  }
  if (state !== 'ready') throw new Error(`${name} is ${state}`);
}

async function renewing({ engine }: ClusterLab, names: readonly string[], forMs: number): Promise<void> {
  const pauseMs = renewEveryMs / names.length;
  const until = performance.now() + forMs;
  for (const name of names) {
    if (performance.now() > until) return;
    await engine.renew(name, null, within());
    await sleep(pauseMs);
  }
}

async function addressOf({ kube }: Cluster, { namespace }: ClusterLab, app: string): Promise<string> {
  const { items } = await kube.list<Pod>(
    resources.pods,
    { namespace, labelSelector: `app=${app}` },
    within(),
  );
  const address = items.find(({ metadata }) => metadata.deletionTimestamp === undefined)?.status?.podIP;
  if (address === undefined) throw new Error(`${app} has no address`);
  return address;
}

/** Forks are made from the template, which a Deployment that is paused does not roll out: the baseline stays. */
async function leadForksTo({ kube }: Cluster, { namespace }: ClusterLab, podSpec: object): Promise<void> {
  const ref = { resource: resources.deployments, namespace, name: 'front' };
  const body = { spec: { paused: true, template: { spec: podSpec } } };
  await kube.patch(ref, { kind: 'merge', body }, within());
}

async function leaderOf({ kube }: Cluster, { systemNamespace }: ClusterLab): Promise<string> {
  const ref = { resource: resources.leases, namespace: systemNamespace, name: objectNames.controller };
  const lease = await kube.get<KubeObject & { readonly spec?: { readonly holderIdentity?: string } }>(
    ref,
    within(),
  );
  return lease?.spec?.holderIdentity ?? '';
}

function report(seen: Seen, leader: string, tookMs: number): Report {
  const parts = [...seen.full.values()]
    .filter(({ role }) => role !== undefined)
    .map(({ pod, container, role, limitMiB }) => {
      const id = `${pod}/${container}`;
      const name =
        role === 'controller'
          ? `controller, ${leader.startsWith(pod) ? 'leader' : 'stand-by'}`
          : role === 'router'
            ? `router, ${container}`
            : `${role}`;
      return { id, name, limitMiB };
    });
  const millis = (id: string, from: Usage, to: Usage) => {
    const [one, other] = [from.get(id), to.get(id)];
    if (one === undefined || other === undefined) return Number.NaN;
    return (1000 * (cpuSeconds(other) - cpuSeconds(one))) / ((other.atMs - one.atMs) / 1000);
  };
  const of = (all: typeof parts, value: (id: string) => number, digits = 0) =>
    all.map(({ id }) => value(id).toFixed(digits)).join(', ');
  const rows = [...Map.groupBy(parts, ({ name }) => name)]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, all]) => [
      name,
      of(all, (id) => memoryMiB(seen.rest.get(id))),
      of(all, (id) => memoryMiB(seen.full.get(id))),
      of(all, (id) => millis(id, seen.before, seen.rest), 1),
      of(all, (id) => millis(id, seen.made, seen.full), 1),
      of(all, (id) => cpuSeconds(seen.made.get(id)) - cpuSeconds(seen.rest.get(id)), 1),
    ]);
  const bars = parts.map(({ id, name, limitMiB }): Bar => {
    const most = memoryMiB(seen.full.get(id));
    return {
      what: `${name}: with ${sandboxes} sandboxes at most half of its memory limit: ${most.toFixed(0)} of ${limitMiB.toFixed(0)} MiB`,
      met: most <= limitMiB / 2,
    };
  });
  return {
    title: `At rest and with ${sandboxes} sandboxes on ${nodes} fake nodes (made in ${(tookMs / 1000).toFixed(0)} s), each container of two pods; memory: working set, CPU: over ${restMs / 1000} s`,
    columns: [
      'container',
      'MiB at rest',
      `MiB with ${sandboxes}`,
      'CPU at rest, millicores',
      `CPU with ${sandboxes}, millicores`,
      `CPU s to make ${sandboxes}`,
    ],
    rows,
    bars,
  };
}

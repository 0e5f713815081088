import { openKube } from '../src/kube/client.ts';
import { type Informer, startInformer } from '../src/kube/informer.ts';
import type { Deployment, Pod } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import type { SandboxResource } from '../src/sandbox/resource.ts';
import { type ClusterLab, clusterLab } from '../test/cluster-suite/engine/lab.ts';
import { type Cluster, openCluster } from '../test/cluster-suite/support/cluster.ts';

/** A real installation with the lab's services, and the two ways to a pod that serves: a sandbox, and none of ours. */
export interface ClusterWays {
  readonly cluster: Cluster;
  readonly lab: ClusterLab;
  /** From the Engine's `provision` to the first answer of the fork, through the gateway; in milliseconds. */
  sandbox(name: string): Promise<number>;
  /** From the creation of a Deployment with the same pod to its pod Ready, as a watch tells it. */
  bare(name: string): Promise<number>;
  removeSandbox(name: string): Promise<void>;
  removeBare(name: string): Promise<void>;
  /** What the watch of the API told of a sandbox, in milliseconds since its creation was asked for. */
  steps(name: string): Readonly<Record<string, number>>;
  /** Writes of the client, Engine's and all. */
  writes(): number;
  close(): Promise<void>;
}

export async function openWays(maxSandboxes: number): Promise<ClusterWays> {
  const opened = await openCluster();
  let writes = 0;
  const kube = openKube({
    kubeconfig: { file: opened.kubeconfig },
    userAgent: 'seatrial/bench',
    onRequest: ({ verb }) => {
      if (verb === 'create' || verb === 'patch' || verb === 'delete') writes += 1;
    },
  });
  const cluster = { ...opened, kube };
  const lab = await clusterLab(cluster, maxSandboxes);
  const { namespace, engine, owner } = lab;
  const stop = new AbortController();
  const within = () => AbortSignal.any([stop.signal, AbortSignal.timeout(300_000)]);
  // A port of its own: what is measured is not to wait behind what measures.
  const seen = openKube({ kubeconfig: { file: opened.kubeconfig }, userAgent: 'bench-watch/1' });
  const follow = <T extends Pod | Deployment | SandboxResource>(resource: typeof resources.pods) =>
    startInformer<T>(seen, resource, { namespace }, stop.signal);
  const pods = follow<Pod>(resources.pods);
  const deployments = follow<Deployment>(resources.deployments);
  const sandboxes = follow<SandboxResource>(resources.sandboxes);
  const marks = new Map<string, Map<string, number>>();
  const mark = (name: string | undefined, step: string) => {
    const known = marks.get(name ?? '');
    if (known !== undefined && !known.has(step)) known.set(step, performance.now());
  };
  const ofSandbox = ({ metadata }: Pod | Deployment) => metadata.labels?.['seatrial.dev/sandbox'];
  deployments.onChange(({ object }) => mark(ofSandbox(object), 'Deployment'));
  sandboxes.onChange(({ object: { metadata, status } }) => {
    if (status?.routingKey !== undefined) mark(metadata.name, 'key');
    if (status?.phase === 'Ready') mark(metadata.name, 'Ready');
  });
  pods.onChange(({ object }) => {
    const name = ofSandbox(object);
    mark(name, 'pod');
    if (object.spec.nodeName !== undefined) mark(name, 'scheduled');
    if (object.status?.podIP !== undefined) mark(name, 'address');
    if (object.status?.containerStatuses?.[0]?.state?.running !== undefined) mark(name, 'running');
    if (isReady(object)) mark(name, 'pod Ready');
  });
  await Promise.all([pods.synced, deployments.synced, sandboxes.synced]);
  const revision = await lab.revision('front', 'v2');
  const image = revision.kind === 'image' ? revision.image : '';
  const front = await kube.get<Deployment>(
    { resource: resources.deployments, namespace, name: 'front' },
    within(),
  );
  if (front === null) throw new Error('the baseline is gone');

  return {
    cluster,
    lab,
    sandbox: async (name) => {
      const begun = performance.now();
      marks.set(name, new Map([['begun', begun]]));
      const forks = [{ service: 'front', revision, env: {} }];
      const signal = within();
      let seen = await engine.provision({ name, owner, leaseSeconds: 1800, forks }, signal);
      mark(name, 'key known');
      for await (const view of engine.watch(name, signal)) {
        seen = view;
        if (view.state !== 'provisioning') break;
      }
      if (seen.state !== 'ready') throw new Error(`${name} is ${seen.state}: ${JSON.stringify(seen.forks)}`);
      mark(name, 'seen ready');
      const { origin } = await engine.endpoint('front', { kind: 'sandbox', name }, signal);
      const answer = await fetch(`${origin}/me`, { signal });
      const text = await answer.text();
      if (!answer.ok || (JSON.parse(text) as { sandbox?: string }).sandbox !== name) {
        const why = answer.headers.get('x-seatrial-error');
        throw new Error(`${name} answered ${answer.status} ${why}: ${text.slice(0, 200)}`);
      }
      mark(name, 'answered');
      return performance.now() - begun;
    },
    bare: async (name) => {
      const deployment = bareDeployment(front, name, image);
      const ready = until(pods, (pod) => pod.metadata.labels?.app === name && isReady(pod), within());
      const begun = performance.now();
      await seen.create(resources.deployments, { ...deployment, metadata: { name, namespace } }, within());
      await ready;
      return performance.now() - begun;
    },
    removeSandbox: async (name) => {
      const { left } = await engine.teardown(name, within());
      if (left.length > 0) throw new Error(`${name} leaves ${JSON.stringify(left)}`);
    },
    removeBare: async (name) => {
      const ref = { resource: resources.deployments, namespace, name };
      const gone = until(deployments, ({ metadata }) => metadata.name === name, within(), 'deleted');
      await seen.delete(ref, { propagation: 'Foreground' }, within());
      await gone;
    },
    steps: (name) => {
      const all = marks.get(name) ?? new Map<string, number>();
      const begun = all.get('begun') ?? 0;
      return Object.fromEntries([...all].map(([step, at]) => [step, at - begun]));
    },
    writes: () => writes,
    close: async () => {
      stop.abort();
      seen.close();
      await lab.close();
      kube.close();
    },
  };
}

/** The pod of the baseline with the fork's image: all that a fork is, but for what is ours. */
function bareDeployment({ spec }: Deployment, name: string, image: string): Deployment {
  const { template } = spec;
  const [container] = template.spec.containers;
  if (container === undefined) throw new Error('the baseline has no container');
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { ...template.spec, containers: [{ ...container, image }] },
      },
    },
  };
}

function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

function until<T extends Pod | Deployment>(
  informer: Informer<T>,
  holds: (object: T) => boolean,
  signal: AbortSignal,
  kind: 'deleted' | null = null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const off = informer.onChange((change) => {
      if ((change.kind === 'deleted') !== (kind === 'deleted') || !holds(change.object)) return;
      off();
      resolve();
    });
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

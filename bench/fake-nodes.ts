import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeApi, KubeError } from '../src/kube/api.ts';
import { startInformer } from '../src/kube/informer.ts';
import type { KubeObject, Pod } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';

/** Nodes that are objects alone: pods that are scheduled to them are told to run, and nothing runs. */
export interface FakeNodes {
  /** What a pod needs in its spec to get there; no other does. */
  readonly podSpec: {
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly object[];
  };
  close(): Promise<void>;
}

const podsOfNode = 100;
const renewEveryMs = 10_000;

/** Starts `count` of them. Pods get `address`, which a real pod may answer for all of them. */
export async function startFakeNodes(
  kube: KubeApi,
  options: { readonly name: string; readonly count: number; readonly address: string },
): Promise<FakeNodes> {
  const end = new AbortController();
  const { signal } = end;
  const names = Array.from({ length: options.count }, (_, at) => `${options.name}-${at}`);
  const label = { 'seatrial.dev/fake': options.name };
  for (const name of names) {
    await kube.create(resources.nodes, nodeOf(name, label), signal);
    await kube.patch(
      { resource: resources.nodes, name },
      { kind: 'merge', body: readyStatus(), subresource: 'status' },
      signal,
    );
    await kube.create(resources.leases, leaseOf(name), signal);
  }
  const beating = beat(kube, names, signal);
  const pods = startInformer<Pod>(kube, resources.pods, { fieldSelector: 'status.phase!=Succeeded' }, signal);
  const running = new Set<string>();
  pods.onChange(({ kind, object }) => {
    const { uid = '', name, namespace = '', deletionTimestamp } = object.metadata;
    if (!names.includes(String(object.spec.nodeName))) return;
    if (kind === 'deleted') {
      running.delete(uid);
      return;
    }
    const ref = { resource: resources.pods, namespace, name };
    if (deletionTimestamp !== undefined) {
      void kube.delete(ref, { gracePeriodSeconds: 0, uid }, signal).catch(() => {});
    } else if (!running.has(uid)) {
      running.add(uid);
      const body = { status: runningStatus(object, options.address) };
      void kube
        .patch(ref, { kind: 'merge', body, subresource: 'status' }, signal)
        .catch(() => running.delete(uid));
    }
  });
  await pods.synced;
  return {
    podSpec: {
      nodeSelector: label,
      tolerations: [{ key: 'seatrial.dev/fake', operator: 'Exists', effect: 'NoSchedule' }],
    },
    close: async () => {
      end.abort();
      await beating;
      const within = AbortSignal.timeout(60_000);
      for (const name of names) {
        await kube.delete({ resource: resources.nodes, name }, {}, within);
        await kube.delete({ resource: resources.leases, namespace: leases, name }, {}, within);
      }
    },
  };
}

const leases = 'kube-node-lease';

/** As a kubelet says every ten seconds that its node is there. */
async function beat(kube: KubeApi, names: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(renewEveryMs, null, { signal }).catch(() => {});
    for (const name of names) {
      const body = { spec: { renewTime: now() } };
      const ref = { resource: resources.leases, namespace: leases, name };
      await kube.patch(ref, { kind: 'merge', body }, signal).catch((error: unknown) => {
        if (!(error instanceof KubeError) && !signal.aborted) throw error;
      });
    }
  }
}

function now(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

function leaseOf(name: string): KubeObject & { readonly spec: object } {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: leases },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: now() },
  };
}

function nodeOf(
  name: string,
  label: Readonly<Record<string, string>>,
): KubeObject & { readonly spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...label, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: { taints: [{ key: 'seatrial.dev/fake', value: 'true', effect: 'NoSchedule' }] },
  };
}

function readyStatus() {
  const room = { cpu: '64', memory: '256Gi', pods: String(podsOfNode) };
  const time = new Date().toISOString();
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: 'Fake',
    message: '',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  const troubles = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => condition(type, 'False'));
  return {
    status: { capacity: room, allocatable: room, conditions: [...troubles, condition('Ready', 'True')] },
  };
}

function runningStatus({ spec }: Pod, address: string) {
  const time = new Date().toISOString();
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: time });
  return {
    phase: 'Running',
    podIP: address,
    podIPs: [{ ip: address }],
    startTime: time,
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map(condition),
    containerStatuses: spec.containers.map(({ name, image = '' }, at) => ({
      name,
      image,
      imageID: `fake@sha256:${'0'.repeat(64)}`,
      containerID: `fake://${at}`,
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: time } },
    })),
  };
}

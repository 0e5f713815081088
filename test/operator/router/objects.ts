import type { ConfigMap, Container, Pod, Service } from '../../../src/kube/objects.ts';
import type { TombstoneEntry } from '../../../src/operator/agent-api.ts';
import { forkHash } from '../../../src/operator/fork/names.ts';
import { annotations, labels, objectNames } from '../../../src/sandbox/cluster-names.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';

/** Objects of a namespace as the API would tell of them. */
const namespace = 'shop';
export const keyA = 'aaaaaaaaaaaaaaaaaaaa';
export const keyB = 'bbbbbbbbbbbbbbbbbbbb';

export function shadow(
  service: string,
  options: {
    port: number;
    routerPort: number;
    clusterIP?: string;
    targetPort?: number | string;
    releasing?: boolean;
    workloads?: readonly string[];
  },
): Service {
  const { port, routerPort, clusterIP = '10.96.0.7', targetPort = 'http', releasing = false } = options;
  const { workloads } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: `${service}-seatrial`,
      namespace,
      labels: { [labels.role]: 'shadow', [labels.service]: service },
      annotations: {
        [annotations.routes]: JSON.stringify([{ port, routerPort, protocol: 'http' }]),
        ...(releasing ? { [annotations.releasing]: 'true' } : {}),
        ...(workloads === undefined ? {} : { [annotations.workloads]: JSON.stringify(workloads) }),
      },
    },
    spec: { clusterIP, ports: [{ port, targetPort }] },
  };
}

export function sandbox(
  name: string,
  key: string | undefined,
  services: readonly string[],
  more: { deleted?: boolean; image?: string; forks?: NonNullable<SandboxResource['status']>['forks'] } = {},
): SandboxResource {
  return {
    apiVersion: 'seatrial.dev/v1alpha1',
    kind: 'Sandbox',
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      ...(more.deleted === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      owner: { principal: 'alice', repository: 'shop', workingTree: 'shop' },
      lease: { durationSeconds: 600, maxSeconds: 6000 },
      forks: services.map((service) => forkSpec(service, more.image)),
    },
    status: {
      ...(key === undefined ? {} : { routingKey: key }),
      ...(more.forks === undefined ? {} : { forks: more.forks }),
    },
  };
}

function forkSpec(service: string, image = 'x') {
  return { service, source: { image } };
}

export interface PodOptions {
  /** Of the fork that it was made from. */
  readonly image?: string;
  readonly uid?: string;
  readonly created?: string;
  readonly ip?: string;
  readonly port?: number;
  readonly restarts?: number;
  readonly ready?: boolean;
  readonly state?: 'running' | 'waiting' | 'terminated';
  readonly deleted?: boolean;
  readonly container?: Partial<Container>;
}

export function forkPod(name: string, service: string, options: PodOptions = {}): Pod {
  const {
    uid = `pod-${name}-${service}`,
    ip = '10.0.0.9',
    port = 8080,
    restarts = 0,
    ready = false,
  } = options;
  const { state = 'running', deleted = false, container = {}, created = '2026-01-01T00:00:00Z' } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: uid,
      namespace,
      uid,
      creationTimestamp: created,
      labels: { [labels.sandbox]: name, [labels.service]: service },
      annotations: { [annotations.fork]: forkHash(forkSpec(service, options.image)) },
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:05Z' } : {}),
    },
    spec: { containers: [{ name: 'app', ports: [{ name: 'http', containerPort: port }], ...container }] },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'app', restartCount: restarts, state: { [state]: {} } }],
    },
  };
}

export function tombstones(entries: Readonly<Record<string, Partial<TombstoneEntry>>>): ConfigMap {
  const whole = {
    sandbox: 'pr-1',
    services: ['pricing'],
    reason: 'torn-down',
    until: '2026-01-01T01:00:00Z',
  };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: objectNames.tombstones, namespace },
    data: Object.fromEntries(
      Object.entries(entries).map(([key, entry]) => [key, JSON.stringify({ ...whole, ...entry })]),
    ),
  };
}

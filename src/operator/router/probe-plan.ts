import type { Container, Pod, Probe } from '../../kube/objects.ts';
import type { Address } from '../../routing/table.ts';
import { portOf } from './objects.ts';

/** One question to a pod whose answer tells whether it serves. */
export type ProbeCheck =
  | { readonly kind: 'tcp'; readonly address: Address }
  | {
      readonly kind: 'http';
      readonly address: Address;
      readonly tls: boolean;
      readonly path: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: 'grpc'; readonly address: Address; readonly service: string };

export interface ProbePlan {
  /** All must succeed. */
  readonly checks: readonly ProbeCheck[];
  /** A probe that only the kubelet can ask (exec): before the pod's condition says Ready, it is not. */
  readonly needsCondition: boolean;
}

/**
 * What the router asks a fork's pod itself, as often as it likes: the readiness probes of its containers, as the
 * kubelet would ask them, and whether the ports that requests go to take connections.
 */
export function probePlan(pod: Pod, targets: readonly Address[]): ProbePlan {
  const host = pod.status?.podIP ?? '';
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const probes = [...pod.spec.containers, ...sidecars].flatMap(({ readinessProbe }: Container) =>
    readinessProbe === undefined ? [] : [readinessProbe],
  );
  const checks = probes.map((probe) => checkOf(pod, host, probe));
  return {
    checks: [
      ...targets.map((address): ProbeCheck => ({ kind: 'tcp', address })),
      ...checks.filter((check) => check !== null),
    ],
    needsCondition: checks.includes(null),
  };
}

function checkOf(pod: Pod, podHost: string, { httpGet, tcpSocket, grpc }: Probe): ProbeCheck | null {
  if (httpGet !== undefined) {
    const port = portOf(pod, numeric(httpGet.port));
    if (port === null) return null;
    return {
      kind: 'http',
      address: { host: httpGet.host ?? podHost, port },
      tls: httpGet.scheme === 'HTTPS',
      path: httpGet.path ?? '/',
      headers: (httpGet.httpHeaders ?? []).map(({ name, value }) => [name, value] as const),
    };
  }
  if (tcpSocket !== undefined) {
    const port = portOf(pod, numeric(tcpSocket.port));
    return port === null ? null : { kind: 'tcp', address: { host: tcpSocket.host ?? podHost, port } };
  }
  if (grpc !== undefined) {
    return { kind: 'grpc', address: { host: podHost, port: grpc.port }, service: grpc.service ?? '' };
  }
  return null;
}

function numeric(port: number | string): number | string {
  return typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port;
}

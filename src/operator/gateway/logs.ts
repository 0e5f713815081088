import { SeatrialError } from '../../errors.ts';
import { type KubeApi, KubeError } from '../../kube/api.ts';
import type { Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels } from '../../sandbox/cluster-names.ts';

export interface LogQuestion {
  readonly sandbox: string;
  readonly service: string;
  readonly tail: number;
}

const defaultContainer = 'kubectl.kubernetes.io/default-container';

/** The last lines of a sandbox's own fork, of its life before where it has just been restarted. Never of another pod. */
export async function forkLogs(
  kube: KubeApi,
  namespace: string,
  { sandbox, service, tail }: LogQuestion,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const labelSelector = `${labels.sandbox}=${sandbox},${labels.service}=${service}`;
  const { items } = await kube.list<Pod>(resources.pods, { namespace, labelSelector }, signal);
  const [pod] = items.toSorted((a, b) => startOf(b) - startOf(a));
  if (pod === undefined) {
    throw new SeatrialError('unknown-service', {
      what: `Sandbox ${sandbox} has no pod of a fork of ${service} in namespace ${namespace}.`,
      next: 'Inspect the sandbox: it names its forks and what became of them.',
    });
  }
  const { name, annotations } = pod.metadata;
  const container = annotations?.[defaultContainer] ?? pod.spec.containers[0]?.name;
  const options = { ...(container === undefined ? {} : { container }), tail };
  const status = pod.status?.containerStatuses?.find((one) => one.name === container);
  const previous = status?.state?.waiting !== undefined && (status.restartCount ?? 0) > 0;
  try {
    return await kube.logs({ namespace, name }, { ...options, previous }, signal);
  } catch (error) {
    // A container that did not start yet has no log; the kubelet says so by 400.
    if (error instanceof KubeError && error.status === 400) return [];
    throw error;
  }
}

function startOf({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

import { SeatrialError } from '../../errors.ts';
import { KubeError } from '../../kube/api.ts';
import { openKube } from '../../kube/client.ts';
import type { KubeClient } from '../../kube/connect.ts';
import type { Context } from '../verb.ts';

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly json?: boolean;
}

export interface Connection {
  readonly kube: KubeClient;
  /** `--namespace`, else the one of the context. */
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** Works with the cluster that kubectl would, and turns what it refuses into errors that say what to do. */
export async function withCluster<T>(
  context: Context,
  options: ClusterOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { env, version } = context.surroundings;
  const file = options.kubeconfig ?? env.KUBECONFIG;
  const kubeconfig = {
    ...(file === undefined || file === '' ? {} : { file }),
    ...(options.context === undefined ? {} : { context: options.context }),
  };
  try {
    const kube = openKube({ kubeconfig, userAgent: `seatrial-cli/${version}` });
    try {
      const namespace = options.namespace ?? kube.namespace ?? 'default';
      return await work({ kube, namespace, signal: context.terminal.signal });
    } finally {
      kube.close();
    }
  } catch (error) {
    throw error instanceof KubeError ? clusterError(error) : error;
  }
}

export function clusterError(error: KubeError): SeatrialError {
  const { status, reason, message } = error;
  const say = (
    code: 'no-context' | 'cluster-unreachable' | 'missing-right' | 'cluster-refused',
    next: string,
  ) => new SeatrialError(code, { what: sentence(message), next }, { cause: error });
  if (reason === 'Kubeconfig')
    return say('no-context', 'Name a kubeconfig or context that exists: --kubeconfig, --context.');
  if (reason === 'Unreachable')
    return say(
      'cluster-unreachable',
      'See whether kubectl get nodes works with the same context, and call again.',
    );
  if (status === 401) return say('cluster-refused', 'Log in to the cluster again, and call again.');
  if (status === 403)
    return say('missing-right', 'Have an administrator grant that verb on that resource, and call again.');
  if (status === 409) {
    return say(
      'cluster-refused',
      'Somebody else manages that field: take it out of what they apply, or call again with --force-conflicts.',
    );
  }
  return say('cluster-refused', 'Mend what the API server names, and call again.');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Asks until `ready` gives something, at most `seconds`; null when the time is over. */
export async function until<T>(
  seconds: number,
  signal: AbortSignal,
  ready: () => Promise<T | null>,
): Promise<T | null> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ready();
    if (found !== null || Date.now() > end) return found;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

import { hostname } from 'node:os';
import { openChannel } from '../cluster/channel.ts';
import { createClusterEngine } from '../cluster/engine.ts';
import { noContext } from '../cluster/errors.ts';
import type { Config } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { KubeError } from '../kube/api.ts';
import { openKube } from '../kube/client.ts';
import type { KubeClient } from '../kube/connect.ts';
import type { Log } from '../log.ts';
import type { Engine } from '../sandbox/engine.ts';
import type { Baseline, Owner } from '../sandbox/sandbox.ts';
import type { Tree } from './trees.ts';

/** Which cluster a working tree means: its slot among the engines. */
export function clusterOf({ config, env }: Tree): Cluster {
  if (config.kubernetes === null) {
    throw new SeatrialError('invalid-config', {
      what: 'seatrial.yaml asks for the Kubernetes engine and names no cluster.',
      next: 'Add `kubernetes: { context: <kubeconfig context>, namespace: <namespace of the baseline> }` to it.',
    });
  }
  const { KUBECONFIG } = env;
  return { ...config.kubernetes, file: KUBECONFIG === undefined || KUBECONFIG === '' ? null : KUBECONFIG };
}

export interface Cluster {
  readonly context: string;
  readonly namespace: string;
  /** KUBECONFIG of the caller. */
  readonly file: string | null;
}

interface ClusterEngineParts {
  readonly cluster: Cluster;
  readonly baseline: Baseline;
  readonly services: () => Config['services'];
  readonly config: (owner: Owner) => Config;
  readonly log: Log;
}

/** Rejects where the context, the cluster, what is installed there or a right is missing, with what to do. */
export async function openClusterEngine(
  { cluster, baseline, services, config, log }: ClusterEngineParts,
  signal: AbortSignal,
): Promise<Engine> {
  const { context, namespace } = cluster;
  const kube = openClient(cluster);
  const opened = openChannel({ kube, namespace, log });
  const close = async () => {
    await opened.close();
    kube.close();
  };
  // The engine closes its channel; with it goes what nobody else uses.
  const channel = { ...opened, close };
  try {
    const options = { kube, channel, context, namespace, baseline, config, services, log };
    return await createClusterEngine({ ...options, machine: hostname() }, signal);
  } catch (error) {
    await close();
    throw error;
  }
}

function openClient({ context, file }: Cluster): KubeClient {
  try {
    return openKube({
      kubeconfig: { context, ...(file === null ? {} : { file }) },
      userAgent: 'seatrial/host',
    });
  } catch (error) {
    throw error instanceof KubeError ? noContext(context, error.message) : error;
  }
}

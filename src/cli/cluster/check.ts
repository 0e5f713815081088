import { SeatrialError } from '../../errors.ts';
import { KubeError, type Resource } from '../../kube/api.ts';
import type { Deployment, KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { toldNamespaces } from '../../operator/install/served.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import type { Connection } from './connect.ts';

/** What `doctor` looks at. */
export interface Target extends Connection {
  /** Of this program. */
  readonly version: string;
}

export interface ClusterCheck {
  readonly name: string;
  /** Gives what was found; rejects with what is wrong and what to do. */
  readonly look: (target: Target) => Promise<string>;
  /** Says nothing of its own where one of these failed. */
  readonly needs: readonly string[];
}

/** The agent Role does not give it, and does not need to. */
export const notAllowed = 'not checked: the user of the kubeconfig may not look';

export function wrong(what: string, next: string): SeatrialError {
  return new SeatrialError('not-installed', { what, next });
}

/** Null where the user may not. */
export async function permitted<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return null;
    throw error;
  }
}

/** Null where the user may not list them. `namespace` null: all. */
export function listed<T extends KubeObject>(
  { kube, signal }: Connection,
  resource: Resource,
  labelSelector: string | null,
  namespace: string | null,
): Promise<readonly T[] | null> {
  const where = {
    ...(labelSelector === null ? {} : { labelSelector }),
    ...(namespace === null ? {} : { namespace }),
  };
  return permitted(async () => (await kube.list<T>(resource, where, signal)).items);
}

export interface Controllers {
  /** All controllers of the cluster. */
  readonly all: readonly Deployment[];
  /** The one that serves the namespace. */
  readonly serving: Deployment | null;
}

export async function controllersOf(target: Connection): Promise<Controllers | null> {
  const all = await listed<Deployment>(target, resources.deployments, `${labels.role}=controller`, null);
  if (all === null) return null;
  const serves = (controller: Deployment) => {
    const told = toldNamespaces(controller);
    return told === 'all' || told.includes(target.namespace);
  };
  return { all, serving: all.find(serves) ?? null };
}

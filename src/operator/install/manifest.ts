import { type KubeApi, KubeError, type Resource } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { domain, labels } from '../../sandbox/cluster-names.ts';

/** An object that we apply. Beyond its name we never read it. */
export type Manifest = KubeObject & { readonly [field: string]: unknown };

/** What an installation is told apart by: more than one may live in a cluster, each with namespaces of its own. */
export interface Installation {
  readonly systemNamespace: string;
  readonly image: string;
  /** Null: all. */
  readonly namespaces: readonly string[] | null;
}

/** On all that an installation made: the name of its system namespace. */
export const installationLabel = `${domain}/installation`;

export function ourLabels(systemNamespace: string, role: string): Readonly<Record<string, string>> {
  return { [labels.managedBy]: 'seatrial', [installationLabel]: systemNamespace, [labels.role]: role };
}

/** Cluster-wide objects carry the system namespace in their names. */
export function clusterName(systemNamespace: string, part: string): string {
  return `${systemNamespace}:${part}`;
}

export function resourceOf(object: KubeObject): Resource {
  const found = Object.values(resources).find(({ kind }) => kind === object.kind);
  if (found === undefined) throw new Error(`no resource of kind ${object.kind}`);
  return found;
}

/** Server-side apply, in the order given; gives them as they are then. `force` takes fields over that somebody else manages. */
export async function applyAll(
  kube: KubeApi,
  objects: readonly Manifest[],
  fieldManager: string,
  signal: AbortSignal,
  force: boolean,
): Promise<readonly KubeObject[]> {
  const applied: KubeObject[] = [];
  for (const object of objects) {
    const { name, namespace } = object.metadata;
    const ref = { resource: resourceOf(object), name, ...(namespace === undefined ? {} : { namespace }) };
    applied.push(await kube.patch(ref, { kind: 'apply', body: object, fieldManager, force }, signal));
  }
  return applied;
}

/** Whether the API said so, by its `reason`. */
export function isKubeError(error: unknown, ...reasons: readonly string[]): error is KubeError {
  return error instanceof KubeError && (reasons.length === 0 || reasons.includes(error.reason));
}

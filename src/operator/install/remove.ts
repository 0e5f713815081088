import { type KubeApi, KubeError, type ObjectRef, type Resource } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import { type Installation, installationLabel, type Manifest } from './manifest.ts';

/** Kinds of which an installation has objects, in the order in which they go. */
const ownKinds: readonly Resource[] = [
  resources.deployments,
  resources.statefulSets,
  resources.services,
  resources.podDisruptionBudgets,
  resources.networkPolicies,
  resources.configMaps,
  resources.roleBindings,
  resources.roles,
  resources.serviceAccounts,
  resources.admissionPolicyBindings,
  resources.admissionPolicies,
  resources.clusterRoleBindings,
  resources.clusterRoles,
  resources.namespaces,
];

export interface Found {
  readonly ref: ObjectRef;
  readonly object: KubeObject;
}

/** All objects of an installation, wherever they are; shadows, routers and gateways included. */
export async function findObjects(
  kube: KubeApi,
  systemNamespace: string,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const labelSelector = `${installationLabel}=${systemNamespace}`;
  const found: Found[] = [];
  for (const resource of ownKinds) {
    const { items } = await kube.list<KubeObject>(resource, { labelSelector }, signal);
    found.push(...items.map((object) => ({ ref: refOf(resource, object), object })));
  }
  return found;
}

/** Lists of namespaces and forks, which carry no installation's name. */
export async function findLists(kube: KubeApi, signal: AbortSignal): Promise<readonly Found[]> {
  const lists = [objectNames.enrolment, objectNames.tombstones];
  const found = await Promise.all(
    lists.map((name) =>
      kube.list<KubeObject>(resources.configMaps, { fieldSelector: `metadata.name=${name}` }, signal),
    ),
  );
  return found.flatMap(({ items }) =>
    items.map((object) => ({ ref: refOf(resources.configMaps, object), object })),
  );
}

export function refOf(resource: Resource, { metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { resource, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Roles and bindings of an earlier install that this one does not ask for any more. */
export async function removeStale(
  kube: KubeApi,
  { systemNamespace }: Installation,
  objects: readonly Manifest[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const keep = new Set(
    objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`),
  );
  const labelSelector = `${installationLabel}=${systemNamespace},${labels.role}=controller`;
  const removed: string[] = [];
  for (const resource of [resources.clusterRoleBindings, resources.roleBindings]) {
    const { items } = await kube.list<KubeObject>(resource, { labelSelector }, signal);
    for (const object of items) {
      const { name, namespace } = object.metadata;
      if (keep.has(`${resource.kind} ${namespace ?? ''}/${name}`)) continue;
      await kube.delete(refOf(resource, object), {}, signal);
      removed.push(`${resource.kind} ${name}`);
    }
  }
  return removed;
}

/** Deletes them; what is not there any more is no error. */
export async function removeObjects(
  kube: KubeApi,
  refs: readonly ObjectRef[],
  signal: AbortSignal,
): Promise<void> {
  for (const ref of refs) {
    try {
      await kube.delete(ref, { propagation: 'Foreground' }, signal);
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 404) throw error;
    }
  }
}

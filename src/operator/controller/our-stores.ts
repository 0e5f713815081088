import type { KubeApi, Resource } from '../../kube/api.ts';
import type { ObjectChange } from '../../kube/informer.ts';
import type { ConfigMap, Deployment, KubeObject, NetworkPolicy, Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { stable } from '../fork/names.ts';
import { installationLabel } from '../install/manifest.ts';
import { haproxyContainerName } from '../install/router.ts';
import { type OnFollowError, type Store, startStore } from './informers.ts';

/** Everything of ours in the cluster, as the API told of it. */
export interface OurStores {
  readonly sandboxes: Store<SandboxResource>;
  readonly forks: Store<Deployment>;
  readonly pods: Store<Pod>;
  readonly policies: Store<NetworkPolicy>;
  readonly routers: Store<Pod>;
  readonly tombstones: Store<ConfigMap>;
  readonly synced: Promise<void>;
  readonly isSynced: () => boolean;
}

export interface Wakes {
  /** Something of the sandbox `<namespace>/<name>` changed. */
  readonly sandbox: (namespace: string, name: string) => void;
  /** A Deployment of the sandbox is gone. */
  readonly forkGone: (namespace: string, sandbox: string, fork: string) => void;
  readonly sandboxGone: (last: SandboxResource) => void;
  /** The state that a write of ours left: the pass that wrote it knows. */
  readonly isOurs: (sandbox: SandboxResource) => boolean;
  /** Routers of the namespace came, went, or changed whether they are ready. */
  readonly routers: (namespace: string) => void;
  readonly onError: OnFollowError;
}

export function startOurStores(
  kube: KubeApi,
  namespaces: readonly string[] | null,
  wakes: Wakes,
  signal: AbortSignal,
): OurStores {
  const { onError } = wakes;
  const common = { namespaces, onError };
  const ofSandbox = <T extends KubeObject>(
    resource: Resource,
    matters: (change: ObjectChange<T>) => boolean = () => true,
  ) =>
    startStore<T>(
      kube,
      resource,
      {
        ...common,
        labelSelector: labels.sandbox,
        onChange: (change) => {
          const { namespace = '', name, labels: own = {} } = change.object.metadata;
          const sandbox = own[labels.sandbox] ?? '';
          if (change.kind === 'deleted' && resource === resources.deployments) {
            wakes.forkGone(namespace, sandbox, name);
          }
          if (matters(change)) wakes.sandbox(namespace, sandbox);
        },
      },
      signal,
    );
  const sandboxes = startStore<SandboxResource>(
    kube,
    resources.sandboxes,
    {
      ...common,
      onChange: ({ kind, object, before }) => {
        if (kind === 'deleted') wakes.sandboxGone(object);
        // Between what was seen before and our write somebody else may have changed the spec.
        const seen = kind === 'modified' && before?.metadata.generation === object.metadata.generation;
        if (!seen || !wakes.isOurs(object)) {
          wakes.sandbox(object.metadata.namespace ?? '', object.metadata.name);
        }
      },
    },
    signal,
  );
  const routers = startStore<Pod>(
    kube,
    resources.pods,
    {
      ...common,
      labelSelector: `${labels.role}=router`,
      onChange: ({ kind, object, before }) => {
        const same =
          before !== null &&
          routerReady(object) === routerReady(before) &&
          routerServes(object) === routerServes(before);
        if (kind !== 'modified' || !same) {
          wakes.routers(object.metadata.namespace ?? '');
        }
      },
    },
    signal,
  );
  const tombstones = startStore<ConfigMap>(
    kube,
    resources.configMaps,
    { ...common, fieldSelector: `metadata.name=${objectNames.tombstones}`, onChange: () => {} },
    signal,
  );
  const forks = ofSandbox<Deployment>(resources.deployments, changesFork);
  const pods = ofSandbox<Pod>(resources.pods);
  const policies = ofSandbox<NetworkPolicy>(resources.networkPolicies);
  const all = [sandboxes, forks, pods, policies, routers, tombstones];
  let isSynced = false;
  const synced = Promise.all(all.map((store) => store.synced)).then(() => {
    isSynced = true;
  });
  synced.catch(() => {});
  return { sandboxes, forks, pods, policies, routers, tombstones, synced, isSynced: () => isSynced };
}

/** The system namespace of another installation, whose routers serve the namespace; null where there is none. */
export function foreignInstallation(
  stores: Pick<OurStores, 'routers'>,
  namespace: string,
  own: string,
): string | null {
  const installations = stores.routers
    .list(namespace)
    .flatMap(({ metadata }) => metadata.labels?.[installationLabel] ?? []);
  return installations.includes(own) ? null : (installations[0] ?? null);
}

/** Not each beat of a Deployment's status: of that, only why it gets no pod is read. */
function changesFork({ kind, object, before }: ObjectChange<Deployment>): boolean {
  if (kind !== 'modified' || before === null) return true;
  const { metadata, status } = object;
  const failure = (one: Deployment['status']) =>
    one?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  return (
    metadata.generation !== before.metadata.generation ||
    metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    stable(metadata.annotations) !== stable(before.metadata.annotations) ||
    stable(failure(status)) !== stable(failure(before.status))
  );
}

/**
 * Its HAProxy runs, as far as the kubelet told: requests may come to it, if only over connections of before. One that
 * is about to start has none, and begins with what the API holds then.
 */
export function routerServes({ status }: Pod): boolean {
  const haproxy = status?.containerStatuses?.find(({ name }) => name === haproxyContainerName);
  return status?.podIP !== undefined && haproxy?.state?.running !== undefined;
}

export function routerReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.podIP !== undefined &&
    (status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

import type { KubeApi, Resource } from '../../kube/api.ts';
import type { ConfigMap, Deployment, KubeObject, NetworkPolicy, Pod } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { installationLabel } from '../install/manifest.ts';
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
  const ofSandbox = <T extends KubeObject>(resource: Resource) =>
    startStore<T>(
      kube,
      resource,
      {
        ...common,
        labelSelector: labels.sandbox,
        onChange: ({ kind, object: { metadata } }) => {
          const { namespace = '', name, labels: own = {} } = metadata;
          const sandbox = own[labels.sandbox] ?? '';
          if (kind === 'deleted' && resource === resources.deployments) {
            wakes.forkGone(namespace, sandbox, name);
          }
          wakes.sandbox(namespace, sandbox);
        },
      },
      signal,
    );
  const sandboxes = startStore<SandboxResource>(
    kube,
    resources.sandboxes,
    {
      ...common,
      onChange: ({ kind, object }) => {
        if (kind === 'deleted') wakes.sandboxGone(object);
        wakes.sandbox(object.metadata.namespace ?? '', object.metadata.name);
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
        if (kind !== 'modified' || before === null || routerReady(object) !== routerReady(before)) {
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
  const forks = ofSandbox<Deployment>(resources.deployments);
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

export function routerReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.podIP !== undefined &&
    (status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeApi, KubeError, Resource } from '../../kube/api.ts';
import { type Informer, startInformer } from '../../kube/informer.ts';
import type {
  Deployment,
  KubeObject,
  NetworkPolicy,
  PersistentVolumeClaim,
  Service,
  StatefulSet,
} from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import type { ForkWorld } from '../fork/refusals.ts';
import type { OnFollowError } from './informers.ts';

const syncWithinMs = 2_000;

/** The lists of a namespace are not in. */
export class NotKnownYet extends Error {
  override readonly name = 'NotKnownYet';

  constructor(namespace: string) {
    super(`the objects of namespace ${namespace} are not known yet`);
  }
}

/** What forks are made of, of one namespace. */
export interface BaselineWorld extends ForkWorld {
  readonly policies: readonly NetworkPolicy[];
}

interface Followed {
  readonly world: () => BaselineWorld;
  readonly synced: Promise<void>;
  readonly stop: AbortController;
}

/** Followed from the first Sandbox of a namespace on, so that namespaces without any cost nothing. */
export class Baselines {
  readonly #kube: KubeApi;
  readonly #onChange: (namespace: string) => void;
  readonly #onError: OnFollowError;
  readonly #signal: AbortSignal;
  readonly #followed = new Map<string, Followed>();

  constructor(
    kube: KubeApi,
    onChange: (namespace: string) => void,
    onError: OnFollowError,
    signal: AbortSignal,
  ) {
    this.#kube = kube;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#signal = signal;
  }

  /** Begins to follow the namespace. */
  touch(namespace: string): Followed {
    const known = this.#followed.get(namespace);
    if (known !== undefined) return known;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#signal, stop.signal]);
    const follow = <T extends KubeObject>(resource: Resource): Informer<T> => {
      const onError = (error: KubeError) => this.#onError(resource, error, namespace);
      const options = { namespace, labelSelector: `!${labels.sandbox}`, onError };
      const informer = startInformer<T>(this.#kube, resource, options, signal);
      informer.onChange(({ kind, object, before }) => {
        // Not for each beat of a Deployment's status: what forks are made of is in spec and metadata.
        const { generation } = object.metadata;
        const isSame =
          before !== null && generation !== undefined && generation === before.metadata.generation;
        if (kind === 'deleted' || !isSame) {
          this.#onChange(namespace);
        }
      });
      return informer;
    };
    const services = follow<Service>(resources.services);
    const deployments = follow<Deployment>(resources.deployments);
    const statefulSets = follow<StatefulSet>(resources.statefulSets);
    const policies = follow<NetworkPolicy>(resources.networkPolicies);
    const claims = follow<PersistentVolumeClaim>(resources.persistentVolumeClaims);
    const synced = Promise.all(
      [services, deployments, statefulSets, policies, claims].map((informer) => informer.synced),
    ).then(() => {});
    synced.catch(() => {});
    const followed: Followed = {
      synced,
      stop,
      world: () => ({
        services: services.list(),
        deployments: deployments.list(),
        statefulSets: statefulSets.list(),
        policies: policies.list(),
        claims: claims.list(),
      }),
    };
    this.#followed.set(namespace, followed);
    return followed;
  }

  async world(namespace: string): Promise<BaselineWorld> {
    const { synced, world } = this.touch(namespace);
    // One that may not be read must not hold up those who work for all namespaces.
    const timer = new AbortController();
    const late = sleep(syncWithinMs, 'late', { signal: timer.signal }).catch(() => null);
    const found = await Promise.race([synced, late]).finally(() => timer.abort());
    if (found === 'late') throw new NotKnownYet(namespace);
    return world();
  }

  drop(namespace: string): void {
    this.#followed.get(namespace)?.stop.abort();
    this.#followed.delete(namespace);
  }

  get namespaces(): readonly string[] {
    return [...this.#followed.keys()];
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { KubeApi, ListOptions, Resource } from '../../kube/api.ts';
import { type Informer, startInformer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';
import { annotations, labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { usedServices } from './wanted.ts';

/** Namespaces to look at, as things change in them. */
export interface NamespaceQueue {
  due(signal: AbortSignal): AsyncGenerator<string>;
  /** What came of the look: when to look again, or that nothing of ours is there. */
  looked(namespace: string, again: number | null, done: boolean): void;
}

/** Changes that come together are one look. */
const settleMs = 100;
/** What no watch tells of is seen after so long. */
const resyncMs = 60_000;
const idleMs = 1_000;

/** Follows lists, Sandboxes, Services, policies and routers in the given namespaces, or in all. */
export function followNamespaces(
  kube: KubeApi,
  namespaces: readonly string[] | null,
  log: Log,
  signal: AbortSignal,
): NamespaceQueue {
  const dueAt = new Map<string, number>();
  /** Looked at now: nothing happened there since, as far as is known. */
  const quiet = new Set<string>();
  let wake = () => {};

  function touch(namespace: string, inMs: number): void {
    const at = Date.now() + inMs;
    quiet.delete(namespace);
    const before = dueAt.get(namespace);
    if (before === undefined || at < before) dueAt.set(namespace, at);
    wake();
  }

  function each<T extends KubeObject>(
    resource: Resource,
    options: ListOptions,
    onChange: (namespace: string, object: T, informer: Informer<T>) => void,
  ): void {
    const scopes =
      namespaces === null ? [options] : namespaces.map((namespace) => ({ ...options, namespace }));
    for (const scope of scopes) {
      const onError = (error: Error) =>
        log.warn('watch-failed', { resource: resource.plural, error: error.message });
      const informer = startInformer<T>(kube, resource, { ...scope, onError }, signal);
      informer.onChange(({ object }) => onChange(object.metadata.namespace ?? '', object, informer));
    }
  }

  /** `begins`: an object that makes its namespace ours to look after; others count where it already is. */
  function follow(resource: Resource, options: ListOptions, begins: (object: KubeObject) => boolean): void {
    each(resource, options, (namespace, object) => {
      if (begins(object) || dueAt.has(namespace)) touch(namespace, settleMs);
    });
  }

  // Sandboxes change all the time: what counts here is which Services they use, and whether there are any.
  const uses = new Map<string, string>();
  each<SandboxResource>(resources.sandboxes, {}, (namespace, _, informer) => {
    const sandboxes = informer.list(({ metadata }) => metadata.namespace === namespace);
    const use = `${sandboxes.length > 0} ${[...usedServices(sandboxes)].toSorted()}`;
    if (uses.get(namespace) === use) return;
    uses.set(namespace, use);
    touch(namespace, settleMs);
  });
  follow(resources.configMaps, { fieldSelector: `metadata.name=${objectNames.enrolment}` }, () => true);
  // They can come between callers and routers at any time.
  follow(resources.networkPolicies, {}, () => false);
  follow(resources.pods, { labelSelector: `${labels.role}=router` }, () => true);
  follow(
    resources.services,
    {},
    ({ metadata }) =>
      metadata.labels?.[labels.role] === 'shadow' ||
      metadata.annotations?.[annotations.original] !== undefined,
  );

  async function* due(ended: AbortSignal): AsyncGenerator<string> {
    while (!ended.aborted) {
      const now = Date.now();
      const [next] = [...dueAt].filter(([, at]) => at <= now).toSorted(([, a], [, b]) => a - b);
      if (next !== undefined) {
        // A change that comes while it is looked at is seen by the next look.
        dueAt.set(next[0], now + resyncMs);
        quiet.add(next[0]);
        yield next[0];
        continue;
      }
      const until = Math.min(idleMs, ...[...dueAt.values()].map((at) => at - now));
      const woken = new AbortController();
      wake = () => woken.abort();
      await delay(until, undefined, { signal: AbortSignal.any([ended, woken.signal]) }).catch(() => {});
    }
  }

  return {
    due,
    looked(namespace, again, done) {
      if (done && quiet.has(namespace)) dueAt.delete(namespace);
      else if (again !== null) touch(namespace, again);
    },
  };
}

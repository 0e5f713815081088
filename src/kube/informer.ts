import type { KubeApi, KubeError, ListOptions, Resource } from './api.ts';
import { type ListWatchTimes, listWatch, listWatchTimes, type ObjectEvent } from './list-watch.ts';
import type { KubeObject } from './objects.ts';

/** What changed in a store; `before` is null for what is new. */
export interface ObjectChange<T> {
  readonly kind: 'added' | 'modified' | 'deleted';
  /** As it is now; for `deleted`, as it was seen last. */
  readonly object: T;
  readonly before: T | null;
}

/** All objects of a kind as the API told of them, kept up to date. */
export interface Informer<T> {
  /** Resolves once all objects of the first list are in; rejects when it is ended before. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  get(namespace: string | undefined, name: string): T | null;
  list(filter?: (object: T) => boolean): readonly T[];
  /** Those of a group, where the informer was told how to group. */
  group(name: string): readonly T[];
  /** Calls back after each change from now on. Returns what ends it. */
  onChange(listener: (change: ObjectChange<T>) => void): () => void;
  /** Ends the watch that is open, whose word is not trusted any more, and lists anew. */
  renew(): void;
  /** Resolves when it is ended by its signal. */
  readonly ended: Promise<void>;
}

export interface InformerOptions<T> extends ListOptions {
  /** Groups that are read often: finding one is not looking through all. */
  readonly groupOf?: (object: T) => string;
  readonly onError?: (error: KubeError) => void;
  readonly times?: ListWatchTimes;
}

/** Follows until the signal aborts. A listener that throws is a defect and ends it: `ended` rejects. */
export function startInformer<T extends KubeObject>(
  kube: KubeApi,
  resource: Resource,
  options: InformerOptions<T>,
  signal: AbortSignal,
): Informer<T> {
  const { onError, times = listWatchTimes, groupOf, ...where } = options;
  const objects = new Map<string, T>();
  const groups = new Map<string, Map<string, T>>();
  const listeners = new Set<(change: ObjectChange<T>) => void>();
  const { promise: synced, resolve, reject } = Promise.withResolvers<void>();
  synced.catch(() => {});
  let isSynced = false;
  let renew = () => {};

  function regroup(key: string, before: T | null, object: T | null): void {
    if (groupOf === undefined) return;
    const [old, next] = [before === null ? null : groupOf(before), object === null ? null : groupOf(object)];
    if (old !== null && old !== next) {
      groups.get(old)?.delete(key);
      if (groups.get(old)?.size === 0) groups.delete(old);
    }
    if (next === null || object === null) return;
    const group = groups.get(next) ?? new Map<string, T>();
    groups.set(next, group.set(key, object));
  }

  function tell(change: ObjectChange<T>): void {
    for (const listener of [...listeners]) listener(change);
  }

  function put(object: T): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = objects.get(key) ?? null;
    if (before !== null && versionOf(before) === versionOf(object)) return;
    objects.set(key, object);
    regroup(key, before, object);
    if (before !== null && before.metadata.uid !== object.metadata.uid) {
      tell({ kind: 'deleted', object: before, before });
      tell({ kind: 'added', object, before: null });
    } else tell({ kind: before === null ? 'added' : 'modified', object, before });
  }

  function remove(object: T): void {
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const before = objects.get(key) ?? null;
    if (!objects.delete(key)) return;
    regroup(key, before, null);
    tell({ kind: 'deleted', object, before });
  }

  function onEvent(event: ObjectEvent<T>): void {
    if (event.kind === 'deleted') remove(event.object);
    else put(event.object);
  }

  function onSync(items: readonly T[]): void {
    const there = new Set(items.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)));
    for (const [key, object] of [...objects]) if (!there.has(key)) remove(object);
    for (const item of items) put(item);
    isSynced = true;
    resolve();
  }

  const onWatch = (end: () => void) => {
    renew = end;
  };
  const handlers = { onSync, onEvent, onWatch, ...(onError === undefined ? {} : { onError }) };
  const ended = listWatch<T>(kube, resource, where, handlers, signal, times).finally(() =>
    reject(signal.reason),
  );
  ended.catch(() => {});
  return {
    synced,
    get isSynced() {
      return isSynced;
    },
    ended,
    get: (namespace, name) => objects.get(keyOf(namespace, name)) ?? null,
    list: (filter = () => true) => [...objects.values()].filter(filter),
    group: (name) => [...(groups.get(name)?.values() ?? [])],
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    renew: () => renew(),
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function versionOf(object: KubeObject): string | undefined {
  return object.metadata.resourceVersion;
}

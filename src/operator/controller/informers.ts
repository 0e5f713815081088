import type { KubeApi, KubeError, Resource } from '../../kube/api.ts';
import {
  type Informer,
  type InformerOptions,
  type ObjectChange,
  startInformer,
} from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { labels } from '../../sandbox/cluster-names.ts';

/** Objects of a kind in all namespaces, or in each of the given ones: the same to whoever reads them. */
export interface Store<T> {
  readonly synced: Promise<void>;
  get(namespace: string, name: string): T | null;
  list(namespace: string | null, filter?: (object: T) => boolean): readonly T[];
  /** Objects that carry the label of a sandbox of the namespace. */
  ofSandbox(namespace: string, sandbox: string): readonly T[];
}

/** `namespace`: null where all are followed at once. */
export type OnFollowError = (resource: Resource, error: KubeError, namespace: string | null) => void;

export function startStore<T extends KubeObject>(
  kube: KubeApi,
  resource: Resource,
  options: Omit<InformerOptions<T>, 'namespace' | 'onError' | 'groupOf'> & {
    /** Null: all. */
    readonly namespaces: readonly string[] | null;
    readonly onChange: (change: ObjectChange<T>) => void;
    readonly onError: OnFollowError;
  },
  signal: AbortSignal,
): Store<T> {
  const { namespaces, onChange, onError, ...rest } = options;
  const start = (namespace: string | undefined): Informer<T> => {
    const where = namespace === undefined ? rest : { ...rest, namespace };
    const watching = {
      ...where,
      onError: (error: KubeError) => onError(resource, error, namespace ?? null),
      groupOf: ({ metadata }: T) =>
        groupOf(metadata.namespace ?? '', metadata.labels?.[labels.sandbox] ?? ''),
    };
    const informer = startInformer<T>(kube, resource, watching, signal);
    informer.onChange(onChange);
    return informer;
  };
  const all = namespaces === null ? start(undefined) : null;
  const byNamespace = new Map((namespaces ?? []).map((namespace) => [namespace, start(namespace)]));
  const of = (namespace: string) => all ?? byNamespace.get(namespace) ?? null;
  const synced = Promise.all([all, ...byNamespace.values()].map((informer) => informer?.synced)).then(
    () => {},
  );
  // Whoever needs it awaits it; an end by the signal is no defect.
  synced.catch(() => {});
  return {
    synced,
    get: (namespace, name) => of(namespace)?.get(namespace, name) ?? null,
    list: (namespace, filter = () => true) => {
      if (namespace === null) {
        return [all, ...byNamespace.values()].flatMap((informer) => informer?.list(filter) ?? []);
      }
      return of(namespace)?.list((object) => object.metadata.namespace === namespace && filter(object)) ?? [];
    },
    ofSandbox: (namespace, sandbox) => of(namespace)?.group(groupOf(namespace, sandbox)) ?? [],
  };
}

function groupOf(namespace: string, sandbox: string): string {
  return `${namespace}/${sandbox}`;
}

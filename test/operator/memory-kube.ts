import {
  type KubeApi,
  KubeError,
  type ListOptions,
  type ObjectRef,
  type Resource,
  type WatchEvent,
} from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/objects.ts';

/** A part of the API, in memory: objects by name, lists, watches that tell of each change, deletes. */
export interface MemoryKube {
  readonly kube: KubeApi;
  put(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** From now on lists get no answer, and watches that are open hear nothing more, for good: as behind a dead link. */
  deafen(): void;
  /** Lists and new watches are answered again. */
  hear(): void;
}

type Told = (resource: string, event: WatchEvent<KubeObject>) => void;

export function memoryKube(...first: readonly KubeObject[]): MemoryKube {
  const objects = new Map<string, KubeObject>();
  const told = new Set<Told>();
  let version = 0;
  let deaf: PromiseWithResolvers<void> | null = null;
  const idOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.namespace} ${metadata.name}`;
  const stamp = (object: KubeObject): KubeObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };
  for (const object of first) objects.set(idOf(object), stamp(object));

  async function* watch(resource: Resource, options: ListOptions, signal: AbortSignal) {
    const queue: WatchEvent<KubeObject>[] = [];
    let wake = () => {};
    const tell: Told = (kind, event) => {
      if (kind !== resource.kind || event.kind === 'bookmark' || !matches(event.object, options)) return;
      queue.push(event);
      wake();
    };
    await answered(signal);
    told.add(tell);
    signal.addEventListener('abort', () => wake(), { once: true });
    while (!signal.aborted) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    told.delete(tell);
  }

  async function answered(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(new KubeError(0, 'Unreachable', 'no answer'));
    signal.addEventListener('abort', abort, { once: true });
    await Promise.race([deaf?.promise, aborted.promise]).finally(() =>
      signal.removeEventListener('abort', abort),
    );
  }

  const unused = () => Promise.reject(new Error('this memory has no such call'));
  const kube = {
    server: 'memory',
    list: async (resource: Resource, options: ListOptions, signal: AbortSignal) => {
      await answered(signal);
      return {
        items: [...objects.values()].filter(
          (one) =>
            one.kind === resource.kind &&
            (options.namespace === undefined || one.metadata.namespace === options.namespace) &&
            matches(one, options),
        ),
        resourceVersion: String(version),
      };
    },
    watch,
    get: async ({ resource, namespace, name }: ObjectRef) =>
      objects.get(`${resource.kind} ${namespace} ${name}`) ?? null,
    create: unused,
    patch: unused,
    delete: async ({ resource, namespace, name }: ObjectRef) =>
      objects.delete(`${resource.kind} ${namespace} ${name}`),
    logs: unused,
    portForward: unused,
    whoAmI: unused,
    can: unused,
    version: unused,
  };
  return {
    // Generic in the kind of object, which a memory cannot know.
    kube: kube as unknown as KubeApi,
    put: (object) => {
      const stamped = stamp(object);
      const kind = objects.has(idOf(object)) ? 'modified' : 'added';
      objects.set(idOf(object), stamped);
      for (const tell of told) tell(object.kind, { kind, object: stamped });
    },
    remove: (object) => {
      objects.delete(idOf(object));
      for (const tell of told) tell(object.kind, { kind: 'deleted', object: stamp(object) });
    },
    deafen: () => {
      deaf ??= Promise.withResolvers<void>();
      told.clear();
    },
    hear: () => {
      deaf?.resolve();
      deaf = null;
    },
  };
}

function matches({ metadata }: KubeObject, { labelSelector, fieldSelector }: ListOptions): boolean {
  if (fieldSelector !== undefined && fieldSelector !== `metadata.name=${metadata.name}`) return false;
  if (labelSelector === undefined) return true;
  return labelSelector.split(',').every((part) => {
    const [name = '', value] = part.split('=');
    const has = metadata.labels?.[name];
    return value === undefined ? has !== undefined : has === value;
  });
}

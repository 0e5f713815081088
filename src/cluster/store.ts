import { type KubeApi, KubeError } from '../kube/api.ts';
import { listWatch } from '../kube/list-watch.ts';
import { resources } from '../kube/resources.ts';
import type { SandboxResource } from '../sandbox/resource.ts';
import { Changes } from '../sandbox/wait.ts';
import { expiringMs } from './read.ts';

/** One sandbox from its creation to its end; another one of the same name is another entry. */
export interface Entry {
  resource: SandboxResource;
  /** When it was seen that the API has it no more. */
  goneMs: number | null;
  readonly changes: Changes;
  /** When this engine began its forks, and how long they took. */
  begunMs: number | null;
  timings: Readonly<Record<string, number>>;
  timer: NodeJS.Timeout | undefined;
}

export interface StoreOptions {
  readonly kube: KubeApi;
  readonly namespace: string;
  /** How long those that are gone are remembered. */
  readonly keptMs: number;
  readonly onGone: (entry: Entry) => void;
  readonly onError: (error: KubeError) => void;
}

/** The Sandboxes of a namespace as the API last told of them, by its watch and by the answers to our own writes. */
export class SandboxStore {
  readonly #options: StoreOptions;
  /** By uid. */
  readonly #entries = new Map<string, Entry>();
  readonly #ended = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #broken = false;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Rejects with a KubeError where the first list does not come. */
  async start(signal: AbortSignal): Promise<void> {
    const { kube, namespace, onError } = this.#options;
    await this.#list(signal);
    const handlers = {
      onSync: (items: readonly SandboxResource[]) => this.#sync(items),
      onEvent: (event: { kind: string; object: SandboxResource }) => {
        this.#broken = false;
        this.put(event.object);
        if (event.kind === 'deleted') this.#gone(event.object.metadata.uid);
      },
      onError: (error: KubeError) => {
        this.#broken = true;
        onError(error);
      },
    };
    const follow = listWatch<SandboxResource>(
      kube,
      resources.sandboxes,
      { namespace },
      handlers,
      this.#ended.signal,
    );
    this.#watching = follow.catch(() => {
      // A defect of ours: every read asks the API itself from here on.
      this.#broken = true;
    });
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
    await this.#watching;
  }

  /** Asks the API where the watch does not stand: what was seen may be stale then. */
  async fresh(signal: AbortSignal): Promise<void> {
    if (this.#broken) await this.#list(signal);
  }

  /** The one of that name that there is, else the latest that there was. */
  find(name: string): Entry | null {
    return this.all().findLast(({ resource }) => resource.metadata.name === name) ?? null;
  }

  /** Those that live behind those that are gone, each in the order in which they were first seen. */
  all(): readonly Entry[] {
    this.#forget();
    const all = [...this.#entries.values()];
    return [...all.filter(({ goneMs }) => goneMs !== null), ...all.filter(({ goneMs }) => goneMs === null)];
  }

  /** Takes what the API answered; older news of the same sandbox is passed over. */
  put(resource: SandboxResource): Entry {
    const { uid = '', name } = resource.metadata;
    const known = this.#entries.get(uid);
    if (known === undefined) {
      for (const other of this.#entries.values()) {
        if (other.resource.metadata.name === name) this.#gone(other.resource.metadata.uid);
      }
      const entry: Entry = {
        resource,
        goneMs: null,
        changes: new Changes(),
        begunMs: null,
        timings: {},
        timer: undefined,
      };
      this.#entries.set(uid, entry);
      wakeWhenExpiring(entry);
      return entry;
    }
    if (known.goneMs === null && isNewer(resource, known.resource)) {
      known.resource = resource;
      wakeWhenExpiring(known);
      known.changes.notify();
    }
    return known;
  }

  /** Looks whether it is still there: a watch that broke may have missed its end. */
  async verify(entry: Entry, signal: AbortSignal): Promise<void> {
    const { name, uid } = entry.resource.metadata;
    const ref = { resource: resources.sandboxes, namespace: this.#options.namespace, name };
    const found = await this.#options.kube.get<SandboxResource>(ref, signal);
    if (found?.metadata.uid === uid && found !== null) this.put(found);
    else this.#gone(uid);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { kube, namespace } = this.#options;
    const { items } = await kube.list<SandboxResource>(resources.sandboxes, { namespace }, signal);
    this.#sync(items);
  }

  #sync(items: readonly SandboxResource[]): void {
    this.#broken = false;
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    for (const item of items) this.put(item);
    for (const [uid, entry] of this.#entries) {
      if (entry.goneMs !== null || there.has(uid)) continue;
      // It may also have been made after the list was.
      void this.verify(entry, this.#ended.signal).catch((error: unknown) => {
        this.#broken = true;
        if (error instanceof KubeError) this.#options.onError(error);
      });
    }
  }

  #gone(uid: string | undefined): void {
    const entry = this.#entries.get(uid ?? '');
    if (entry === undefined || entry.goneMs !== null) return;
    entry.goneMs = Date.now();
    clearTimeout(entry.timer);
    this.#options.onGone(entry);
    entry.changes.notify();
  }

  #forget(): void {
    const oldest = Date.now() - this.#options.keptMs;
    for (const [uid, { goneMs }] of this.#entries) {
      if (goneMs !== null && goneMs < oldest) this.#entries.delete(uid);
    }
  }
}

/** `expiring` comes by the clock alone. */
function wakeWhenExpiring(entry: Entry): void {
  clearTimeout(entry.timer);
  const wait = expiringMs(entry.resource) - Date.now();
  if (wait > 0 && wait < 2 ** 31) entry.timer = setTimeout(() => entry.changes.notify(), wait + 1).unref();
}

/** Versions are comparable numbers (KEP-5504); where they are none, what comes later is newer. */
function isNewer(a: SandboxResource, b: SandboxResource): boolean {
  const [one, other] = [a.metadata.resourceVersion ?? '', b.metadata.resourceVersion ?? ''];
  const numbers = /^\d+$/.test(one) && /^\d+$/.test(other);
  return numbers ? BigInt(one) > BigInt(other) : one !== other;
}

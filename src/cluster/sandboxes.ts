import { SeatrialError } from '../errors.ts';
import { KubeError, type Patch } from '../kube/api.ts';
import { resources } from '../kube/resources.ts';
import { sandboxGone, tooMany, unknownSandbox } from '../sandbox/errors.ts';
import type { ResourceFork, SandboxResource } from '../sandbox/resource.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { waitFor } from '../sandbox/wait.ts';
import { askedOf, asking, noController, olderInstalled } from './errors.ts';
import type { ClusterEngineOptions, Waits } from './options.ts';
import { sameResourceOwner } from './owners.ts';
import { isCurrent } from './read.ts';
import type { Entry, SandboxStore } from './store.ts';
import { forksPatch, leasePatch, nextForks, prunedFields } from './write.ts';

export interface SandboxesOptions
  extends Pick<ClusterEngineOptions, 'kube' | 'context' | 'namespace'>,
    Waits {
  readonly store: SandboxStore;
  readonly view: (entry: Entry) => Sandbox;
}

/** Finds and writes the Sandboxes of a namespace, through the store of what is known of them. */
export class ClusterSandboxes {
  readonly #options: SandboxesOptions;

  constructor(options: SandboxesOptions) {
    this.#options = options;
  }

  /** The live one of that name, asked of the API where none is known. */
  async find(name: string, signal: AbortSignal): Promise<Entry | null> {
    const { kube, namespace, store } = this.#options;
    await this.ask('list', store.fresh(signal), signal);
    const known = store.find(name);
    if (known !== null && known.goneMs === null) return known;
    const ref = { resource: resources.sandboxes, namespace, name };
    const found = await this.ask('get', kube.get<SandboxResource>(ref, signal), signal);
    if (found === null) return null;
    const entry = store.put(found);
    return entry.goneMs === null ? entry : null;
  }

  /** Of that name, gone or not. Rejects with `unknown-sandbox`. */
  async entry(name: string, signal: AbortSignal): Promise<Entry> {
    const entry = (await this.find(name, signal)) ?? this.#options.store.find(name);
    if (entry === null) throw unknownSandbox(name);
    return entry;
  }

  async live(name: string, signal: AbortSignal): Promise<Entry> {
    const entry = await this.entry(name, signal);
    if (entry.goneMs === null && entry.resource.metadata.deletionTimestamp === undefined) return entry;
    throw sandboxGone(this.#options.view(entry));
  }

  /** Null where the API said that the name is taken. */
  async create(wanted: SandboxResource, signal: AbortSignal): Promise<Entry | null> {
    const { kube, context, store } = this.#options;
    const create = async (): Promise<Entry | null> => {
      try {
        // Not given up on abort: nobody would know of it.
        const made = await kube.create(resources.sandboxes, wanted, AbortSignal.timeout(30_000));
        const pruned = prunedFields(wanted.spec, made.spec);
        if (pruned.length === 0) return store.put(made);
        const { name, namespace = '' } = made.metadata;
        await kube.delete(
          { resource: resources.sandboxes, namespace, name },
          {},
          AbortSignal.timeout(30_000),
        );
        throw olderInstalled(context, pruned);
      } catch (error) {
        if (error instanceof KubeError && error.reason === 'AlreadyExists') return null;
        throw error;
      }
    };
    return await this.ask('create', create(), signal);
  }

  /** Sets forks and observed Services where they differ, and begins failed ones anew where `anew`. */
  async setForks(
    entry: Entry,
    wanted: readonly ResourceFork[],
    observe: readonly string[],
    anew: boolean,
    signal: AbortSignal,
  ): Promise<Entry> {
    for (let tries = 0; ; tries += 1) {
      const { resource } = entry;
      const failed = anew ? failedForks(this.#options.view(entry)) : new Set<string>();
      const changed = nextForks(resource.spec.forks, wanted, failed);
      if (changed === null && sameNames(resource.spec.observe ?? [], observe)) return entry;
      const next = changed ?? resource.spec.forks;
      try {
        const patched = await this.#patch(entry, forksPatch(resource, next, observe), signal);
        patched.begunMs = performance.now();
        patched.timings = {};
        return patched;
      } catch (error) {
        if (!isTestFailed(error) || tries > 8) throw error;
        await this.ask('get', this.#options.store.verify(entry, signal), signal);
        if (entry.goneMs !== null) throw sandboxGone(this.#options.view(entry));
      }
    }
  }

  async renew(entry: Entry, durationSeconds: number, signal: AbortSignal): Promise<void> {
    const operations = leasePatch(entry.resource, { durationSeconds, now: new Date() });
    try {
      await this.#patch(entry, operations, signal);
    } catch (error) {
      if (!isTestFailed(error) && !isNotFound(error)) throw error;
      await this.ask('get', this.#options.store.verify(entry, signal), signal);
      throw sandboxGone(this.#options.view(entry));
    }
  }

  /** The controller took it on: it minted the key, and saw the forks as they are now. */
  async keyed(entry: Entry, signal: AbortSignal): Promise<Sandbox> {
    const { keyMs } = this.#options;
    const limit = AbortSignal.timeout(keyMs);
    while (!takenOn(entry) && entry.goneMs === null) {
      try {
        await entry.changes.after(entry.changes.version, AbortSignal.any([signal, limit]));
      } catch (error) {
        if (signal.aborted || !limit.aborted) throw error;
        const { name } = entry.resource.metadata;
        throw noController(this.#options.context, name, Math.round(keyMs / 1000));
      }
    }
    return this.#options.view(entry);
  }

  async waitGone(entry: Entry, signal: AbortSignal): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.teardownMs)]);
    while (entry.goneMs === null) await entry.changes.after(entry.changes.version, limit);
  }

  async checkCount(
    owner: Parameters<typeof sameResourceOwner>[0],
    max: number,
    signal: AbortSignal,
  ): Promise<void> {
    await this.ask('list', this.#options.store.fresh(signal), signal);
    const mine = this.#options.store
      .all()
      .filter(
        ({ resource, goneMs }) =>
          goneMs === null &&
          resource.metadata.deletionTimestamp === undefined &&
          sameResourceOwner(resource.spec.owner, owner),
      );
    if (mine.length >= max) throw tooMany(mine.map(({ resource }) => resource.metadata.name));
  }

  async #patch(
    entry: Entry,
    operations: Extract<Patch, { kind: 'json' }>['operations'],
    signal: AbortSignal,
  ): Promise<Entry> {
    const { kube, namespace } = this.#options;
    const ref = { resource: resources.sandboxes, namespace, name: entry.resource.metadata.name };
    const patch: Patch = { kind: 'json', operations, fieldManager: 'seatrial' };
    // Not given up on abort, as above.
    const work = kube.patch<SandboxResource>(ref, patch, AbortSignal.timeout(30_000));
    return this.#options.store.put(await this.ask('patch', work, signal));
  }

  ask<T>(verb: string, work: Promise<T>, signal: AbortSignal): Promise<T> {
    return waitFor(asking(askedOf(this.#options, verb), work), signal);
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

function takenOn({ resource }: Entry): boolean {
  return resource.status?.routingKey !== undefined && isCurrent(resource);
}

function failedForks({ state, forks }: Sandbox): ReadonlySet<string> {
  if (state !== 'failed') return new Set();
  return new Set(forks.filter(({ ready }) => !ready).map(({ service }) => service));
}

/** A `test` of a JSON Patch did not hold (422), or the write met another one (409). */
function isTestFailed(error: unknown): boolean {
  const { cause } = error instanceof SeatrialError ? error : { cause: error };
  return (
    cause instanceof KubeError &&
    (cause.status === 409 || (cause.status === 422 && /test/.test(cause.message)))
  );
}

function isNotFound(error: unknown): boolean {
  return error instanceof SeatrialError && error.cause instanceof KubeError && error.cause.status === 404;
}

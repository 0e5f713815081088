import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeApi, KubeError, type ListOptions, type Resource, type WatchEvent } from './api.ts';
import type { KubeObject } from './objects.ts';

export type ObjectEvent<T> = Exclude<WatchEvent<T>, { kind: 'bookmark' }>;

export interface ListWatchHandlers<T> {
  /** All that there is: at first, and again whenever the thread of events was lost. */
  onSync(items: readonly T[]): void;
  onEvent(event: ObjectEvent<T>): void;
  /** The API does not answer, or refuses. It is asked again; what was seen so far may be stale. */
  onError?(error: KubeError): void;
  /** A watch begins. `renew` ends it, as one that does not tell what there is; all is listed anew. */
  onWatch?(renew: () => void): void;
}

export interface ListWatchTimes {
  /** The server sends a bookmark about once a minute: a watch that is silent for longer is taken for dead. */
  readonly silenceMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const listWatchTimes: ListWatchTimes = {
  silenceMs: 150_000,
  firstPauseMs: 100,
  longestPauseMs: 5_000,
};

/**
 * Follows all objects of a kind until the signal aborts, then resolves; nothing but that ends it. Handlers are called
 * in the order of the events, each state at least once, none lost: after a gap (410, garbage) it lists anew.
 */
export async function listWatch<T extends KubeObject>(
  kube: KubeApi,
  resource: Resource,
  options: ListOptions,
  handlers: ListWatchHandlers<T>,
  signal: AbortSignal,
  times: ListWatchTimes = listWatchTimes,
): Promise<void> {
  let version: string | null = null;
  let failures = 0;
  while (!signal.aborted) {
    const began = performance.now();
    try {
      if (version === null) {
        const listed = await kube.list<T>(resource, options, signal);
        handlers.onSync(listed.items);
        version = listed.resourceVersion;
      }
      version = await watchOnce(version);
      failures = 0;
      // The server ended it, as it does every few minutes. One that ends every watch at once is not asked in a loop.
      if (performance.now() - began < 1000) await pause(0);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof WatchBroken)) {
        // Not even the list came, so the next one tells all.
        if (!(error instanceof KubeError)) throw error;
        handlers.onError?.(error);
      } else {
        version = error.version;
        if (error.events > 0) failures = 0;
        if (error.cause instanceof KubeError) handlers.onError?.(error.cause);
      }
      await pause(failures);
      failures += 1;
    }
  }

  /** The version up to which events were seen, when the server ended the watch. */
  async function watchOnce(from: string): Promise<string> {
    let seen = from;
    let events = 0;
    const ours = new AbortController();
    const silent = () =>
      ours.abort(new KubeError(0, 'Silent', `watch ${resource.plural}: silent for ${times.silenceMs} ms`));
    let timer = setTimeout(silent, times.silenceMs);
    handlers.onWatch?.(() => ours.abort(new KubeError(0, 'Behind', `watch ${resource.plural}: behind`)));
    const abort = () => ours.abort(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const watch = kube.watch<T>(resource, { ...options, resourceVersion: from }, ours.signal);
      for await (const event of watch) {
        clearTimeout(timer);
        timer = setTimeout(silent, times.silenceMs);
        signal.throwIfAborted();
        if (event.kind === 'bookmark') seen = event.resourceVersion;
        else {
          handlers.onEvent(event);
          seen = event.object.metadata.resourceVersion ?? seen;
        }
        events += 1;
      }
      ours.signal.throwIfAborted();
      return seen;
    } catch (error) {
      const cause = ours.signal.aborted ? ours.signal.reason : error;
      if (!(cause instanceof KubeError)) throw cause;
      throw new WatchBroken(keepsThread(cause) ? seen : null, events, cause);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** Grows with each failure, and is spread so that many watchers do not come back in one moment. */
  async function pause(failed: number): Promise<void> {
    const longest = Math.min(times.firstPauseMs * 2 ** Math.min(failed, 16), times.longestPauseMs);
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
  }
}

/** Where the connection broke, the next watch goes on from the last event; whatever else happened, we list anew. */
function keepsThread(error: KubeError): boolean {
  return error.reason === 'Unreachable' || error.reason === 'Silent' || error.status === 429;
}

class WatchBroken extends Error {
  /** To go on from; null where the thread is lost. */
  readonly version: string | null;
  readonly events: number;

  constructor(version: string | null, events: number, cause: KubeError) {
    super('watch broken', { cause });
    this.version = version;
    this.events = events;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { RouterRoutes } from '../agent-api.ts';
import type { AgentClient } from './agent-client.ts';
import type { RouterView } from './routed.ts';

/** A ready router's pod. */
export interface RouterPod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
}

interface Following {
  readonly stop: AbortController;
  readonly routers: Map<
    string,
    { readonly pod: RouterPod; routes: RouterRoutes | null; stop: AbortController }
  >;
}

const waitMs = 20_000;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Long polls of the routers' agents about sandboxes, one for each router and sandbox that is waited for, so that a
 * route is known the moment it is loaded. Sandboxes that serve are not followed.
 */
export class RouteFollower {
  readonly #agents: AgentClient;
  readonly #onChange: (key: string) => void;
  readonly #signal: AbortSignal;
  readonly #following = new Map<string, Following>();

  constructor(agents: AgentClient, onChange: (key: string) => void, signal: AbortSignal) {
    this.#agents = agents;
    this.#onChange = onChange;
    this.#signal = signal;
  }

  get count(): number {
    return this.#following.size;
  }

  /** Follows the sandbox at these routers and no others; the views are what they said so far. */
  follow(key: string, sandbox: string, routers: readonly RouterPod[]): readonly RouterView[] {
    const known = this.#following.get(key) ?? { stop: new AbortController(), routers: new Map() };
    this.#following.set(key, known);
    for (const [uid, entry] of known.routers) {
      if (routers.some((router) => router.uid === uid)) continue;
      entry.stop.abort();
      known.routers.delete(uid);
    }
    for (const pod of routers) {
      if (known.routers.has(pod.uid)) continue;
      const entry = { pod, routes: null as RouterRoutes | null, stop: new AbortController() };
      known.routers.set(pod.uid, entry);
      const signal = AbortSignal.any([this.#signal, known.stop.signal, entry.stop.signal]);
      void this.#poll(key, sandbox, entry, signal);
    }
    return [...known.routers.values()].map(({ pod, routes }) => ({ router: pod.name, routes }));
  }

  unfollow(key: string): void {
    this.#following.get(key)?.stop.abort();
    this.#following.delete(key);
  }

  async #poll(
    key: string,
    sandbox: string,
    entry: { readonly pod: RouterPod; routes: RouterRoutes | null },
    signal: AbortSignal,
  ): Promise<void> {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      try {
        const query = { sandbox, after: entry.routes?.version ?? null, waitMs };
        const routes = await this.#agents.routes(entry.pod.address, query, signal);
        if (signal.aborted) return;
        const changed = routes.version !== entry.routes?.version;
        entry.routes = routes;
        pauseMs = firstPauseMs;
        if (changed) this.#onChange(key);
        else await sleep(firstPauseMs, null, { signal });
      } catch {
        if (signal.aborted) return;
        if (entry.routes !== null) {
          // What it said last may be true no more.
          entry.routes = null;
          this.#onChange(key);
        }
        await sleep(pauseMs, null, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { RouterRoutes } from '../agent-api.ts';
import type { AgentClient } from './agent-client.ts';
import type { RouterView } from './routed.ts';

/** The pod of a router that serves. */
export interface RouterPod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly ready: boolean;
}

interface Following {
  readonly routers: Map<string, Poll>;
}

interface Poll {
  readonly pod: RouterPod;
  readonly stop: AbortController;
  routes: RouterRoutes | null;
  /** Nobody wants to know any more. The question that is under way ends by itself: its connection is used again. */
  over: boolean;
}

const waitMs = 20_000;
/** For what only tells how far a fork is. */
const progressMs = 500;
const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Long polls of the routers' agents about sandboxes, one for each router and sandbox that is waited for, so that a
 * route is known the moment it is loaded. Sandboxes that serve are not followed.
 */
export class RouteFollower {
  readonly #agents: AgentClient;
  readonly #onChange: (key: string, inMs: number) => void;
  readonly #signal: AbortSignal;
  readonly #following = new Map<string, Following>();

  /** `onChange`: to be looked at within that time. */
  constructor(agents: AgentClient, onChange: (key: string, inMs: number) => void, signal: AbortSignal) {
    this.#agents = agents;
    this.#onChange = onChange;
    this.#signal = signal;
  }

  get count(): number {
    return this.#following.size;
  }

  /** Follows the sandbox (where it is empty, what routers say of themselves) at these routers and no others; the views are what they said so far. */
  follow(key: string, sandbox: string, routers: readonly RouterPod[]): readonly RouterView[] {
    const known = this.#following.get(key) ?? { routers: new Map<string, Poll>() };
    this.#following.set(key, known);
    for (const [uid, entry] of known.routers) {
      if (routers.some((router) => router.uid === uid)) continue;
      entry.stop.abort();
      known.routers.delete(uid);
    }
    for (const pod of routers) {
      if (known.routers.has(pod.uid)) continue;
      const entry: Poll = { pod, stop: new AbortController(), routes: null, over: false };
      known.routers.set(pod.uid, entry);
      void this.#poll(key, sandbox, entry, AbortSignal.any([this.#signal, entry.stop.signal]));
    }
    return routers.map(({ name, uid, ready }) => {
      return { router: name, uid, ready, routes: known.routers.get(uid)?.routes ?? null };
    });
  }

  unfollow(key: string): void {
    for (const entry of this.#following.get(key)?.routers.values() ?? []) entry.over = true;
    this.#following.delete(key);
  }

  async #poll(key: string, sandbox: string, entry: Poll, signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs;
    const ended = () => entry.over || signal.aborted;
    while (!ended()) {
      try {
        const query = { sandbox, after: entry.routes?.version ?? null, waitMs };
        const routes = await this.#agents.routes(entry.pod.address, query, signal);
        if (ended()) return;
        const before = entry.routes;
        entry.routes = routes;
        pauseMs = firstPauseMs;
        if (routes.version !== before?.version) this.#onChange(key, decides(before, routes) ? 0 : progressMs);
        else await sleep(firstPauseMs, null, { signal });
      } catch {
        if (ended()) return;
        if (entry.routes !== null) {
          // What it said last may be true no more.
          entry.routes = null;
          this.#onChange(key, 0);
        }
        await sleep(pauseMs, null, { signal }).catch(() => {});
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }
}

/** Whether a fork is reached now, or refused for another reason than before. */
function decides(before: RouterRoutes | null, now: RouterRoutes): boolean {
  if (before === null || before.loaded !== now.loaded || before.trouble !== now.trouble) return true;
  return now.forks.some((fork) => {
    const then = before.forks.find(({ service }) => service === fork.service);
    if (fork.state === 'routed') return fork.canary !== 'pending';
    return then === undefined || then.reason !== fork.reason || then.listens !== fork.listens;
  });
}

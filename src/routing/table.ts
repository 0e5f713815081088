import { baselineKey } from './key.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a keyed request of one service goes. `reason` is what `x-seatrial-error` says. */
export type Route =
  | { readonly kind: 'baseline' }
  | ForkRoute
  | { readonly kind: 'refused'; readonly reason: string };

export interface ForkRoute {
  readonly kind: 'fork';
  readonly address: Address;
  /** The instance of the fork, as `ForkStatus.instance`. */
  readonly instance: string;
  /** How answers name the sandbox; the key where it is not given. */
  readonly sandbox?: string;
}

/** Keeps requests of a sandbox that is gone from the baseline, where they would pass against the old code. */
export interface Tombstone {
  readonly key: string;
  readonly services: readonly string[];
  readonly reason: string;
  readonly untilEpochMs: number;
}

const toBaseline: Route = { kind: 'baseline' };
const notLoaded: Route = { kind: 'refused', reason: 'router-not-loaded' };
const otherBaseline: Route = { kind: 'refused', reason: 'other-baseline' };

/**
 * Which keyed requests go where, for all services. Until `markLoaded` nothing is known of keys, so all but the
 * reserved one are refused. A tombstone wins over every route: what a late start sets does not raise the dead.
 */
export class RoutingTable {
  #loaded = false;
  readonly #services = new Map<string, Map<string, Route>>();
  /** Keys that have routes, with the number of them. */
  readonly #keys = new Map<string, number>();
  readonly #tombstones = new Map<string, Tombstone>();
  readonly #elsewhere: (key: string) => boolean;

  /** `elsewhere`: whether a sandbox beside another baseline has, or had until lately, the key. No route of it is ours. */
  constructor(elsewhere: (key: string) => boolean = () => false) {
    this.#elsewhere = elsewhere;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  /** All forks and tombstones of before are in. */
  markLoaded(): void {
    this.#loaded = true;
  }

  setFork(service: string, key: string, fork: Omit<ForkRoute, 'kind'>): void {
    this.#set(service, key, { kind: 'fork', ...fork });
  }

  /** The sandbox forks this service, but the fork cannot serve (now): `reason` is a word such as `fork-not-ready`. */
  setRefused(service: string, key: string, reason: string): void {
    this.#set(service, key, { kind: 'refused', reason });
  }

  /** The sandbox forks this service no longer and lives on: its requests go to the baseline again. */
  clear(service: string, key: string): void {
    const routes = this.#services.get(service);
    if (routes?.delete(key) !== true) return;
    const left = (this.#keys.get(key) ?? 1) - 1;
    if (left === 0) this.#keys.delete(key);
    else this.#keys.set(key, left);
  }

  /** Takes the routes of these services away and refuses their requests until `untilEpochMs`. */
  tombstone(key: string, services: readonly string[], reason: string, untilEpochMs: number): void {
    const before = this.#tombstones.get(key);
    const all = [...new Set([...(before?.services ?? []), ...services])];
    this.#tombstones.set(key, { key, services: all, reason, untilEpochMs });
    for (const service of services) this.clear(service, key);
  }

  /** Ends tombstones whose time is over. Returns their keys, which nobody asks for any more. */
  sweep(nowEpochMs: number): string[] {
    const over = [...this.#tombstones.values()]
      .filter(({ untilEpochMs }) => untilEpochMs <= nowEpochMs)
      .map(({ key }) => key);
    for (const key of over) this.#tombstones.delete(key);
    return over;
  }

  lookup(service: string, key: string): Route {
    if (key === baselineKey) return toBaseline;
    if (!this.#loaded) return notLoaded;
    const tombstone = this.#tombstones.size === 0 ? undefined : this.#tombstones.get(key);
    if (tombstone?.services.includes(service)) return { kind: 'refused', reason: tombstone.reason };
    const route = this.#services.get(service)?.get(key);
    return route ?? (this.#elsewhere(key) ? otherBaseline : toBaseline);
  }

  /** Whether hops of the key are worth counting: it is the reserved one, or a sandbox has or had it. */
  knows(key: string): boolean {
    return key === baselineKey || this.#keys.has(key) || this.#tombstones.has(key);
  }

  #set(service: string, key: string, route: Route): void {
    let routes = this.#services.get(service);
    if (routes === undefined) {
      routes = new Map();
      this.#services.set(service, routes);
    }
    if (!routes.has(key)) this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
    routes.set(key, route);
  }
}

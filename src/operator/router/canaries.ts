import { setTimeout as sleep } from 'node:timers/promises';
import type { FedHop } from '../../routing/haproxy/hop-feed.ts';
import { sendCanary } from './canary.ts';
import type { DesiredFork } from './desired.ts';
import { instanceOf } from './objects.ts';

const againMs = 250;

export interface CanariesOptions {
  /** Hears of the hops up to now. */
  readonly takeHops: () => Promise<void>;
  readonly onSeen: () => void;
}

/** Sends each routed fork one request through HAProxy, again until it was seen there. */
export class Canaries {
  readonly #options: CanariesOptions;
  readonly #seen = new Set<string>();
  readonly #flying = new Map<string, AbortController>();

  constructor(options: CanariesOptions) {
    this.#options = options;
  }

  seen(fork: DesiredFork): boolean {
    return this.#seen.has(nameOf(fork));
  }

  /** To be told of each answered canary. */
  onHop(hop: FedHop): void {
    if (hop.destination !== 'fork' || hop.instance === null) return;
    const name = `${hop.service} ${hop.instance}`;
    if (!this.#flying.has(name) || this.#seen.has(name)) return;
    this.#seen.add(name);
    this.#options.onSeen();
  }

  /** The forks that HAProxy routes to now. */
  follow(forks: readonly DesiredFork[]): void {
    const names = new Set<string>();
    for (const fork of forks) {
      if (fork.entry.kind !== 'fork' || fork.addresses.size === 0) continue;
      const name = nameOf(fork);
      names.add(name);
      if (!this.#seen.has(name) && !this.#flying.has(name)) void this.#fly(name, fork);
    }
    for (const name of this.#seen) if (!names.has(name)) this.#seen.delete(name);
    for (const [name, flight] of this.#flying) if (!names.has(name)) flight.abort();
  }

  async #fly(name: string, fork: DesiredFork): Promise<void> {
    const flight = new AbortController();
    this.#flying.set(name, flight);
    const [first] = fork.addresses;
    while (first !== undefined && fork.pod !== null && !flight.signal.aborted) {
      const [routerPort, { port }] = first;
      await sendCanary({ routerPort, key: fork.entry.key, pod: fork.pod, port });
      await this.#options.takeHops().catch(() => {});
      if (this.#seen.has(name)) break;
      await sleep(againMs, null, { signal: flight.signal }).catch(() => {});
    }
    this.#flying.delete(name);
  }
}

function nameOf({ entry, pod }: DesiredFork): string {
  return `${entry.service} ${pod === null ? '' : instanceOf(pod)}`;
}

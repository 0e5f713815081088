import type { Receipt } from '../../sandbox/hop.ts';
import { type HopHandle, HopRecorder, type OpenHop } from '../recorder.ts';
import type { Runtime } from './runtime.ts';

/** Beyond, a fork's connection stands: HAProxy gives up earlier (`forkConnect`). Until then a hop may be withdrawn. */
const connectedAfterMs = 3000;
/** Hops without answer that are kept in mind. Beyond, the oldest stay counted and get no details. */
const mostOpen = 50_000;
const againMs = 50;

export interface FedHop extends OpenHop {
  readonly key: string;
}

/** Correlations of the routers' own requests begin so. Their hops are in no receipt, whichever router sees them. */
export const canaryPrefix = 'canary';

interface Open {
  readonly hop: FedHop;
  /** Null for a canary. */
  readonly handle: HopHandle | null;
}

export interface HopFeedOptions {
  readonly runtime: Pick<Runtime, 'hops'>;
  /** A canary was answered by the fork, through HAProxy. */
  readonly onCanary?: (hop: FedHop, status: number) => void;
}

/**
 * Takes the events of hops out of HAProxy and counts them. A gap in their numbers, or another life of HAProxy, begins
 * a new epoch, so that no receipt is complete over it.
 */
export class HopFeed {
  readonly #runtime: Pick<Runtime, 'hops'>;
  readonly #onCanary: (hop: FedHop, status: number) => void;
  #recorder = new HopRecorder();
  #haproxy: string | null = null;
  #taken = 0;
  #lost = 0;
  readonly #open = new Map<string, Open>();
  /** Calls wait for those before them. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: HopFeedOptions) {
    this.#runtime = options.runtime;
    this.#onCanary = options.onCanary ?? (() => {});
  }

  get epoch(): string {
    return this.#recorder.epoch;
  }

  /** How often the numbers had a gap. */
  get lost(): number {
    return this.#lost;
  }

  /** All events of before the call are counted when it resolves. */
  take(): Promise<void> {
    const next = this.#last.catch(() => {}).then(() => this.#takeAll());
    this.#last = next;
    return next;
  }

  /** Covers every request whose answer was read before the call. */
  async receipt(key: string, query: { correlations?: readonly string[]; hops?: number }): Promise<Receipt> {
    await this.take();
    while (this.#undecided(key, query.correlations)) {
      await new Promise((resolve) => setTimeout(resolve, againMs));
      await this.take();
    }
    return this.#recorder.receipt(key, query);
  }

  forget(key: string): void {
    this.#recorder.forget(key);
  }

  /** Whether HAProxy may still find that a fork took no connection. */
  #undecided(key: string, correlations: readonly string[] | undefined): boolean {
    const since = Date.now() - connectedAfterMs;
    for (const { hop, handle } of this.#open.values()) {
      if (handle === null || hop.key !== key || hop.destination === 'refused' || hop.atEpochMs < since)
        continue;
      if (correlations === undefined || correlations.includes(hop.correlation ?? '')) return true;
    }
    return false;
  }

  async #takeAll(): Promise<void> {
    for (;;) {
      const held = this.#haproxy;
      const { epoch, first, newest, events } = await this.#runtime.hops(this.#taken, held ?? 'none');
      if (epoch !== held) {
        // What was counted of another life is whole, but nothing ties it to this one.
        if (held !== null) this.#begin();
        this.#haproxy = epoch;
        this.#taken = held === null ? first - 1 : 0;
      }
      if (first > this.#taken + 1) {
        this.#lost += 1;
        this.#begin();
      }
      for (const event of events) this.#event(event.split(' '));
      this.#taken = first + events.length - 1;
      if (this.#taken >= newest) return;
    }
  }

  #begin(): void {
    this.#recorder = new HopRecorder();
    this.#open.clear();
  }

  #event(words: readonly string[]): void {
    const [kind, id = '', ...rest] = words;
    if (kind === 'o') {
      const hop = openHop(rest);
      const canary = hop.correlation?.startsWith(canaryPrefix) ?? false;
      const handle = canary ? null : this.#recorder.open(hop.key, hop);
      if (hop.destination === 'refused') {
        handle?.answered(503, hop.atEpochMs);
        return;
      }
      this.#open.set(id, { hop, handle });
      const oldest = this.#open.keys().next().value;
      if (this.#open.size > mostOpen && oldest !== undefined) this.#open.delete(oldest);
      return;
    }
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    if (open.handle === null) {
      if (kind === 'a') this.#onCanary(open.hop, Number(rest[0]));
    } else if (kind === 'a') open.handle.answered(Number(rest[0]), Number(rest[1]));
    else if (kind === 'u') this.#unanswered(open.hop, open.handle, rest);
    else open.handle.answered(null);
  }

  #unanswered(hop: FedHop, handle: HopHandle, [status, error = '-', at]: readonly string[]): void {
    if (error.endsWith('-unreachable')) {
      handle.withdraw();
      const refused = { ...hop, destination: 'refused' as const, refusal: error };
      this.#recorder.open(hop.key, refused).answered(Number(status), Number(at));
    } else handle.answered(Number(status), Number(at));
  }
}

function openHop(words: readonly string[]): FedHop {
  const [key = '', correlation = '-', service = '', destination, instance = '-', refusal = '-', at] = words;
  if (destination !== 'fork' && destination !== 'baseline' && destination !== 'refused') {
    throw new Error(`no event of a hop: ${words.join(' ').slice(0, 100)}`);
  }
  return {
    key,
    correlation: orNull(correlation),
    service,
    destination,
    instance: orNull(instance),
    refusal: orNull(refusal),
    atEpochMs: Number(at),
  };
}

function orNull(word: string): string | null {
  return word === '-' ? null : word;
}

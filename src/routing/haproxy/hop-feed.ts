import type { Receipt } from '../../sandbox/hop.ts';
import { isFailure } from '../../sandbox/receipts.ts';
import { type HopHandle, HopRecorder, type OpenHop } from '../recorder.ts';
import { callerEnded } from './answers.ts';
import type { Runtime } from './runtime.ts';

/** Beyond, a fork's connection stands: HAProxy gives up earlier (`forkConnect`). Until then a hop may be withdrawn. */
const connectedAfterMs = 3000;
/** Hops without answer that are kept in mind. Beyond, the oldest stay counted and get no details. */
const mostOpen = 50_000;
/** Hops with answer that are kept in mind, as answers may break off. An older one that does begins a new epoch. */
const mostAnswered = 20_000;
const againMs = 50;

export interface FedHop extends OpenHop {
  readonly key: string;
}

/** Of a gRPC status, in numbers: what OpenTelemetry's conventions call an error of the server. */
const grpcFailures: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15']);

/** HAProxy's state at the end (its manual, 8.5): in the middle of the answer's body, and not by the caller. */
const brokenOff = /^[^cC-]D/;
const none: ReadonlyMap<string, string> = new Map();

/** Correlations of the routers' own requests begin so. Their hops are in no receipt, whichever router sees them. */
export const canaryPrefix = 'canary';

interface Open {
  readonly hop: FedHop;
  /** Null for a canary. */
  readonly handle: HopHandle | null;
}

export interface HopFeedOptions {
  readonly runtime: Pick<Runtime, 'hops' | 'ends'>;
  /** A canary was answered by the fork, through HAProxy. */
  readonly onCanary?: (hop: FedHop, status: number) => void;
}

/**
 * Takes the events of hops out of HAProxy and counts them. A gap in their numbers, or another life of HAProxy, begins
 * a new epoch, so that no receipt is complete over it.
 *
 * An answer that is whole has no further event: HAProxy tells only of ends that are not normal.
 */
export class HopFeed {
  readonly #runtime: Pick<Runtime, 'hops' | 'ends'>;
  readonly #onCanary: (hop: FedHop, status: number) => void;
  #recorder = new HopRecorder();
  #haproxy: string | null = null;
  #taken = 0;
  #lost = 0;
  readonly #open = new Map<string, Open>();
  /** Whose answers may still break off; null where that says nothing. */
  readonly #answered = new Map<string, HopHandle | null>();
  /** The first hop of this epoch, by its number. */
  #since = Number.POSITIVE_INFINITY;
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
      // Before any of them is counted: what cannot be asked for now comes again with them.
      const ends = events.some((event) => event.startsWith('e ')) ? await this.#runtime.ends() : none;
      for (const event of events) this.#event(event.split(' '), ends);
      this.#taken = first + events.length - 1;
      if (this.#taken >= newest) return;
    }
  }

  #begin(): void {
    this.#recorder = new HopRecorder();
    this.#open.clear();
    this.#answered.clear();
    this.#since = Number.POSITIVE_INFINITY;
  }

  #event([kind, id = '', ...rest]: readonly string[], ends: ReadonlyMap<string, string>): void {
    if (kind === 'o') {
      const hop = openHop(rest);
      this.#since = Math.min(this.#since, Number(id));
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
    if (open === undefined) {
      if (kind === 'e') this.#ended(id, ends.get(id));
      return;
    }
    this.#open.delete(id);
    const { hop, handle } = open;
    if (kind === 'e') {
      handle?.answered(null);
      return;
    }
    this.#keep(id, handle !== null && kind === 'a' && rest[0] !== '101' ? handle : null);
    if (kind === 'u') {
      if (handle !== null) this.#unanswered(hop, handle, rest);
    } else if (handle !== null) wasAnswered(handle, rest);
    else this.#onCanary(hop, Number.parseInt(rest[0] ?? '', 10));
  }

  #keep(id: string, handle: HopHandle | null): void {
    this.#answered.set(id, handle);
    const oldest = this.#answered.keys().next().value;
    if (this.#answered.size > mostAnswered && oldest !== undefined) this.#answered.delete(oldest);
  }

  /** A state that HAProxy has written over by now may have been any. */
  #ended(id: string, state: string | undefined): void {
    const handle = this.#answered.get(id);
    this.#answered.delete(id);
    if (state !== undefined && !brokenOff.test(state)) return;
    if (handle !== undefined) handle?.brokeOff();
    else if (Number(id) >= this.#since) this.#begin();
  }

  /** HAProxy's own answer, as the service gave none. */
  #unanswered(hop: FedHop, handle: HopHandle, [status, error = '-', at]: readonly string[]): void {
    if (error.endsWith('-unreachable')) {
      handle.withdraw();
      const refused = { ...hop, destination: 'refused' as const, refusal: error };
      this.#recorder.open(hop.key, refused).answered(Number(status), Number(at));
    } else handle.answered(error === callerEnded ? null : Number(status), Number(at), true);
  }
}

/** `<status>`, over gRPC `<status>:<grpc-status>` where that stands in the head. */
function wasAnswered(handle: HopHandle, [said = '', at]: readonly string[]): void {
  const [status, grpc = ''] = said.split(':');
  handle.answered(Number(status), Number(at), isFailure(Number(status)) || grpcFailures.has(grpc));
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

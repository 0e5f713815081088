import { randomUUID } from 'node:crypto';
import type { Destination, Hop, HopCount, Receipt } from '../sandbox/hop.ts';
import { isFailure } from '../sandbox/receipts.ts';

/** A hop whose answer is not there yet. It is counted from the moment its request was sent on. */
export interface OpenHop {
  readonly correlation: string | null;
  readonly service: string;
  readonly destination: Destination;
  readonly instance: string | null;
  readonly refusal: string | null;
  readonly atEpochMs: number;
}

/** Ends the life of an open hop, one way or the other; the first of `answered` and `withdraw` counts. */
export interface HopHandle {
  /** The router answers with `status`; null where no answer goes out. Now, where no time is given. */
  answered(status: number | null, atEpochMs?: number, failed?: boolean): void;
  /** The answer that has begun will never be whole: the hop failed, whatever its status. */
  brokeOff(): void;
  /** The request never reached the destination: the hop is not counted. */
  withdraw(): void;
}

export interface RecorderLimits {
  /** Counted correlations of all keys together. */
  readonly correlations: number;
  readonly keys: number;
  /** Hops in detail, of each key. */
  readonly ring: number;
}

interface Counter {
  readonly service: string;
  readonly destination: Destination;
  /** Of a fork. */
  readonly instance: string | null;
  count: number;
  failed: number;
  open: number;
}

interface Entry {
  /** By service, destination and instance, few. */
  readonly counts: Counter[];
}

interface KeyRecord {
  /** Least recently used first. The empty text stands for requests without correlation, and is never dropped. */
  readonly entries: Map<string, Entry>;
  readonly ring: Hop[];
  next: number;
  dropped: boolean;
}

const defaults: RecorderLimits = { correlations: 200_000, keys: 10_000, ring: 500 };

/**
 * What routers saw of keyed requests. Counts by correlation are the proof; the ring of details is extra. All of it is
 * bounded: when counts are dropped, the oldest of the key with the most go first, and a receipt that may miss some
 * says that it is incomplete. Lives in memory alone: a restart begins a new `epoch`.
 */
export class HopRecorder {
  readonly epoch = randomUUID();
  readonly #limits: RecorderLimits;
  readonly #keys = new Map<string, KeyRecord>();
  /** Keys whose counts were let go, least recent first. */
  readonly #forgotten = new Set<string>();
  #correlations = 0;
  #lostKeys = false;

  constructor(limits: Partial<RecorderLimits> = {}) {
    this.#limits = { ...defaults, ...limits };
  }

  /** Counts the hop now; its details follow with its answer. */
  open(key: string, hop: OpenHop): HopHandle {
    const record = this.#record(key);
    const counter = record === null ? null : this.#counter(record, hop);
    if (counter !== null) {
      counter.count += 1;
      counter.open += 1;
    }
    let state: 'open' | 'answered' | 'over' = 'open';
    return {
      answered: (status, atEpochMs = Date.now(), failed = isFailure(status)) => {
        if (state !== 'open') return;
        state = failed ? 'over' : 'answered';
        if (record === null || counter === null) return;
        counter.open -= 1;
        if (failed) counter.failed += 1;
        this.#detail(record, hop, status, atEpochMs);
      },
      brokeOff: () => {
        if (state === 'answered' && counter !== null) counter.failed += 1;
        if (state === 'answered') state = 'over';
      },
      withdraw: () => {
        if (state !== 'open') return;
        state = 'over';
        if (counter === null) return;
        counter.count -= 1;
        counter.open -= 1;
      },
    };
  }

  record(key: string, hop: Hop): void {
    const record = this.#record(key);
    if (record === null) return;
    const counter = this.#counter(record, hop);
    counter.count += 1;
    if (isFailure(hop.status)) counter.failed += 1;
    this.#push(record, hop);
  }

  receipt(key: string, query: { correlations?: readonly string[]; hops?: number } = {}): Receipt {
    const record = this.#keys.get(key);
    const wanted = query.correlations;
    const reason = this.#incomplete(key, record, wanted);
    const names = wanted ?? (record === undefined ? [] : [...record.entries.keys()]);
    return {
      complete: reason === null,
      incompleteReason: reason,
      epoch: this.epoch,
      counts: [...new Set(names)].flatMap((name) => countsOf(name, record?.entries.get(name))),
      hops: record === undefined ? [] : lastHops(record, query.hops ?? 0, wanted),
    };
  }

  /** Lets go of all that was counted of a key that nobody asks for any more. */
  forget(key: string): void {
    const record = this.#keys.get(key);
    if (record === undefined) return;
    this.#keys.delete(key);
    this.#correlations -= record.entries.size;
    this.#forgotten.add(key);
    const oldest = this.#forgotten.values().next().value;
    if (this.#forgotten.size > this.#limits.keys && oldest !== undefined) this.#forgotten.delete(oldest);
  }

  #incomplete(
    key: string,
    record: KeyRecord | undefined,
    wanted: readonly string[] | undefined,
  ): string | null {
    if (this.#forgotten.has(key)) return 'the router let go of the hops of this key';
    if (record === undefined) return this.#lostKeys ? 'the router had no room for more keys' : null;
    if (!record.dropped) return null;
    // Entries are dropped whole and oldest first, so one that is there lost nothing.
    const known = wanted?.every((correlation) => record.entries.has(correlation)) ?? false;
    return known ? null : 'the router had no room for more hops and dropped the oldest';
  }

  #record(key: string): KeyRecord | null {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size >= this.#limits.keys) {
      this.#lostKeys = true;
      return null;
    }
    const record: KeyRecord = { entries: new Map(), ring: [], next: 0, dropped: false };
    this.#keys.set(key, record);
    return record;
  }

  #counter(
    record: KeyRecord,
    hop: Pick<OpenHop, 'correlation' | 'service' | 'destination' | 'instance'>,
  ): Counter {
    const { service, destination } = hop;
    const instance = destination === 'fork' ? hop.instance : null;
    const name = hop.correlation ?? '';
    let entry = record.entries.get(name);
    if (entry === undefined) {
      entry = { counts: [] };
      if (name !== '' && this.#correlations >= this.#limits.correlations) this.#makeRoom();
      this.#correlations += 1;
    } else {
      record.entries.delete(name);
    }
    record.entries.set(name, entry);
    let counter = entry.counts.find(
      (one) => one.service === service && one.destination === destination && one.instance === instance,
    );
    if (counter === undefined) {
      counter = { service, destination, instance, count: 0, failed: 0, open: 0 };
      entry.counts.push(counter);
    }
    return counter;
  }

  /** Drops a hundredth at once, so that looking for the largest key is rare. */
  #makeRoom(): void {
    let largest: KeyRecord | null = null;
    for (const record of this.#keys.values()) {
      if (largest === null || record.entries.size > largest.entries.size) largest = record;
    }
    if (largest === null) return;
    let drop = Math.ceil(this.#limits.correlations / 100);
    for (const name of largest.entries.keys()) {
      if (name === '') continue;
      largest.entries.delete(name);
      largest.dropped = true;
      this.#correlations -= 1;
      drop -= 1;
      if (drop === 0) return;
    }
  }

  #detail(record: KeyRecord, hop: OpenHop, status: number | null, endEpochMs: number): void {
    const { atEpochMs, ...rest } = hop;
    const durationMs = Math.max(0, endEpochMs - atEpochMs);
    this.#push(record, { ...rest, status, durationMs, at: new Date(atEpochMs).toISOString() });
  }

  #push(record: KeyRecord, hop: Hop): void {
    record.ring[record.next] = hop;
    record.next = (record.next + 1) % this.#limits.ring;
  }
}

function countsOf(name: string, entry: Entry | undefined): HopCount[] {
  const correlation = name === '' ? null : name;
  return (entry?.counts ?? [])
    .filter(({ count }) => count > 0)
    .map(({ service, destination, instance, count, failed, open }) => ({
      correlation,
      service,
      destination,
      ...(instance === null ? {} : { instance }),
      count,
      ...(destination === 'refused' ? {} : { failed }),
      ...(open === 0 ? {} : { open }),
    }));
}

/** Oldest first. */
function lastHops(record: KeyRecord, most: number, wanted: readonly string[] | undefined): Hop[] {
  if (most <= 0) return [];
  const inOrder = [...record.ring.slice(record.next), ...record.ring.slice(0, record.next)];
  const asked = wanted === undefined ? null : new Set(wanted);
  return inOrder.filter((hop) => asked === null || asked.has(hop.correlation ?? '')).slice(-most);
}

import type { Log } from '../../log.ts';
import { type EntryChange, type Runtime, RuntimeError, tableChanges } from '../../routing/haproxy/runtime.ts';

/** A look that changes nothing needs no word of HAProxy so soon after the last one. */
const beatFreshMs = 1000;

/**
 * Keeps HAProxy's table equal to the one wanted, and tells it every second that it is. A HAProxy that was started anew
 * shows by its epoch: it gets the whole table again, and refuses keyed requests until it has it.
 */
export class TableKeeper {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #isTrue: () => boolean;
  #wanted: ReadonlyMap<string, string> | null = null;
  /** What HAProxy holds; null where that is unknown. */
  #held: ReadonlyMap<string, string> | null = null;
  #epoch = '';
  #beatAtMs = 0;
  #writes = 0;
  #loads = 0;
  #last: Promise<void> = Promise.resolve();

  /** `isTrue`: whether the table that is wanted is what the API holds. While not, HAProxy is told to refuse keys. */
  constructor(runtime: Runtime, log: Log, isTrue: () => boolean = () => true) {
    this.#runtime = runtime;
    this.#log = log;
    this.#isTrue = isTrue;
  }

  /** HAProxy holds the whole table that was wanted, and answered lately. */
  get loaded(): boolean {
    return this.#held !== null && Date.now() - this.#beatAtMs < 3000;
  }

  get figures(): { readonly entries: number; readonly writes: number; readonly loads: number } {
    return { entries: this.#held?.size ?? 0, writes: this.#writes, loads: this.#loads };
  }

  /** Resolves when HAProxy holds the entries; false where it does not answer (yet). */
  put(entries: ReadonlyMap<string, string>): Promise<boolean> {
    this.#wanted = entries;
    return this.#inTurn();
  }

  /** To be called every second. */
  beat(): Promise<boolean> {
    return this.#inTurn();
  }

  /** Compares what HAProxy really holds; what differs is loaded anew. */
  async audit(): Promise<boolean> {
    const check = this.#last.then(async () => {
      if (this.#held === null) return true;
      const changes = tableChanges(await this.#runtime.show(), this.#held);
      if (changes.length > 0) this.#held = null;
      return changes.length === 0;
    });
    this.#last = check.then(() => {}).catch(() => {});
    return check;
  }

  #inTurn(): Promise<boolean> {
    const turn = this.#last.then(() => this.#apply());
    this.#last = turn.then(() => {});
    return turn;
  }

  async #apply(): Promise<boolean> {
    const wanted = this.#wanted;
    if (wanted === null) return false;
    // Asked for this table: the next one may be true where this one is not.
    const word = this.#isTrue() ? 'beat' : 'mute';
    try {
      const changes = this.#held === null || this.#held === wanted ? null : tableChanges(this.#held, wanted);
      if (changes?.length === 0) {
        this.#held = wanted;
        if (Date.now() - this.#beatAtMs < beatFreshMs && word === 'beat') return true;
      }
      const beat =
        changes === null || changes.length === 0 ? null : await this.#change(changes, wanted, word);
      if (this.#held === null) await this.#load(wanted);
      if (!(beat ?? (await this.#runtime[word](this.#epoch)))) {
        this.#log.warn('haproxy-restarted', {});
        await this.#load(wanted);
        if (!(await this.#runtime[word](this.#epoch)))
          throw new RuntimeError('HAProxy is started again and again');
      }
      this.#beatAtMs = Date.now();
      return true;
    } catch (error) {
      this.#held = null;
      this.#log.warn('haproxy-unreachable', {
        error: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  /** False where HAProxy was started anew since it was loaded. */
  async #change(
    changes: readonly EntryChange[],
    wanted: ReadonlyMap<string, string>,
    word: 'beat' | 'mute',
  ): Promise<boolean> {
    // If it breaks off in between, nobody knows what is held.
    this.#held = null;
    const same = await this.#runtime.change(changes, this.#epoch, word);
    this.#writes += changes.length;
    this.#held = wanted;
    return same;
  }

  /** The epoch is asked first: a start in the midst of it is one that the beat does not speak for. */
  async #load(wanted: ReadonlyMap<string, string>): Promise<void> {
    this.#held = null;
    this.#epoch = await this.#runtime.epoch();
    await this.#runtime.load(wanted);
    this.#loads += 1;
    this.#held = wanted;
  }
}

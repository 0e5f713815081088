import type { Log } from '../log.ts';
import { notOwner, sandboxGone, unknownSandbox } from '../sandbox/errors.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { ForkSpec, Owner, Sandbox } from '../sandbox/sandbox.ts';
import type { ChangeArg } from './api.ts';
import type { EngineEntry } from './engines.ts';
import type { Journal } from './journal.ts';

/** A sandbox that lives in this host, and where. */
export interface Held {
  readonly name: string;
  readonly owner: Owner;
  readonly entry: EngineEntry;
  /** The changes that the caller named; null where they come from the working tree. */
  asked: readonly ChangeArg[] | null;
  /** What the engine was last asked for. */
  forks: readonly ForkSpec[];
  /** With which settings of seatrial.yaml; null where another host asked for it. */
  settings: string | null;
  /** As the engine last said. */
  latest: Sandbox;
}

/** All sandboxes of this host, by name; those that are gone stay findable through the journal. */
export class Sandboxes {
  readonly #held = new Map<string, Held>();
  readonly #journal: Journal;
  readonly #log: Log;
  readonly #ended = new AbortController();

  constructor(journal: Journal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  live(): readonly Held[] {
    return [...this.#held.values()];
  }

  mine(owner: Owner): readonly Held[] {
    return this.live().filter((held) => sameOwner(held.owner, owner));
  }

  /** The live sandbox of that name, whoever owns it. */
  find(name: string): Held | null {
    return this.#held.get(name) ?? null;
  }

  /** Rejects with `not-owner`, `sandbox-gone` or `unknown-sandbox`. */
  require(name: string, owner: Owner): Held {
    const held = this.#held.get(name);
    if (held !== undefined) {
      if (!sameOwner(held.owner, owner)) throw notOwner(name);
      return held;
    }
    const gone = this.#journal.entries().findLast((each) => each.name === name);
    if (gone !== undefined && sameOwner(gone.owner, owner)) throw sandboxGone(gone);
    throw unknownSandbox(
      name,
      this.mine(owner).map((each) => each.name),
    );
  }

  /** Takes a sandbox on that the engine just provisioned. `release` is called once, when it is gone. */
  hold(held: Held, release: () => void): void {
    this.#held.set(held.name, held);
    void this.#follow(held).finally(release);
  }

  /** For the end of the host: what it ran itself ends with it. Those in a cluster live on until their leases end. */
  async endAll(): Promise<void> {
    const own = this.live().filter(({ entry }) => entry.kind === 'local');
    const ending = own.map(({ name, entry }) => entry.engine.teardown(name, new AbortController().signal));
    for (const end of await Promise.allSettled(ending)) {
      if (end.status === 'rejected') this.#log.error('teardown-failed', { error: String(end.reason) });
    }
    this.#ended.abort();
  }

  async #follow(held: Held): Promise<void> {
    const { engine } = held.entry;
    try {
      for await (const sandbox of engine.watch(held.name, this.#ended.signal)) {
        held.latest = sandbox;
        if (sandbox.state === 'gone') {
          // The local engine writes this itself, before a key is out of use.
          if (held.entry.kind === 'kubernetes') await this.#note(held);
          break;
        }
      }
    } catch (error) {
      if (this.#ended.signal.aborted) return;
      this.#log.error('watch-failed', { sandbox: held.name, error: String(error) });
    }
    if (this.#ended.signal.aborted) return;
    if (this.#held.get(held.name) === held) this.#held.delete(held.name);
  }

  async #note({ name, owner, latest }: Held): Promise<void> {
    const services = latest.forks.map(({ service }) => service);
    const { routingKey: key, reason } = latest;
    await this.#journal.put({
      name,
      owner: { ...owner },
      key,
      services,
      state: 'gone',
      reason,
      at: new Date().toISOString(),
    });
  }
}

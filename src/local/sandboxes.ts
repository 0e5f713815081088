import type { HopRecorder } from '../routing/recorder.ts';
import type { RoutingTable } from '../routing/table.ts';
import { sandboxGone, tooMany, unknownSandbox } from '../sandbox/errors.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { Baseline, Owner, Sandbox } from '../sandbox/sandbox.ts';
import { goneSandbox } from './gone.ts';
import type { LocalSandbox } from './local-sandbox.ts';
import { type LocalEngineOptions, tombstoneMs } from './options.ts';

const sweepMs = 60_000;

export interface LocalSandboxesOptions extends Pick<LocalEngineOptions, 'tombstones'> {
  readonly table: RoutingTable;
  readonly recorder: HopRecorder;
  readonly baseline: Baseline;
}

/** The sandboxes of this host by name, and those before that are still refused. */
export class LocalSandboxes {
  readonly #options: LocalSandboxesOptions;
  readonly #byName = new Map<string, LocalSandbox>();
  /** Of hosts before, and those gone whose name is used again: by key. */
  readonly #earlier = new Map<string, Sandbox>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: LocalSandboxesOptions) {
    this.#options = options;
    for (const known of options.tombstones ?? []) {
      const reason = known.reason?.code ?? 'host-died';
      const until = Date.parse(known.at) + tombstoneMs;
      // One that was live when its host died: nobody has refused it for any time yet.
      const from = known.state === 'live' || Number.isNaN(until) ? Date.now() + tombstoneMs : until;
      options.table.tombstone(known.key, known.services, reason, from);
      this.#earlier.set(known.key, goneSandbox(known, options.baseline));
    }
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  find(name: string): LocalSandbox | null {
    return this.#byName.get(name) ?? null;
  }

  /** Takes the place of one of that name that is gone, which is remembered. */
  add(sandbox: LocalSandbox): void {
    const { name } = sandbox.spec;
    const before = this.#byName.get(name);
    if (before !== undefined) this.#earlier.set(before.key, before.view());
    this.#byName.set(name, sandbox);
  }

  drop(name: string): void {
    this.#byName.delete(name);
  }

  all(): readonly LocalSandbox[] {
    return [...this.#byName.values()];
  }

  /** Rejects what has ended with `sandbox-gone`, and who never was with `unknown-sandbox`. */
  live(name: string): LocalSandbox {
    const sandbox = this.find(name);
    if (sandbox !== null && !sandbox.ended) return sandbox;
    throw sandboxGone(sandbox?.view() ?? this.earlier(name));
  }

  keyOf(name: string): string {
    return this.find(name)?.key ?? this.earlier(name).routingKey;
  }

  /** A sandbox of a host before. Throws `unknown-sandbox`. */
  earlier(name: string): Sandbox {
    const found = [...this.#earlier.values()].findLast((sandbox) => sandbox.name === name);
    if (found !== undefined) return found;
    throw unknownSandbox(name);
  }

  /** Each name once, as it is now or was last. */
  list(owner: Owner | null): readonly Sandbox[] {
    const current = this.all().map((sandbox) => sandbox.view());
    const names = new Set(current.map(({ name }) => name));
    const earlier = [...this.#earlier.values()].filter(({ name }) => !names.has(name));
    const all = [...current, ...new Map(earlier.map((each) => [each.name, each])).values()];
    return owner === null ? all : all.filter((sandbox) => sameOwner(sandbox.owner, owner));
  }

  checkCount(owner: Owner, most: number): void {
    const mine = this.all().filter(({ spec, ended }) => !ended && sameOwner(spec.owner, owner));
    if (mine.length >= most) throw tooMany(mine.map(({ spec }) => spec.name));
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #sweep(): void {
    const { table, recorder } = this.#options;
    for (const key of table.sweep(Date.now())) {
      recorder.forget(key);
      this.#earlier.delete(key);
      for (const [name, sandbox] of this.#byName) {
        if (sandbox.gone && sandbox.key === key) this.#byName.delete(name);
      }
    }
  }
}

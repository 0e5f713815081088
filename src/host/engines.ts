import type { ServiceConfig } from '../config/config.ts';
import { createLocalEngine } from '../local/engine.ts';
import type { ProcessGuard } from '../local/guard.ts';
import type { Log } from '../log.ts';
import type { Engine } from '../sandbox/engine.ts';
import type { Baseline } from '../sandbox/sandbox.ts';
import { abortable } from '../util/abortable.ts';
import type { Call } from './api.ts';
import { baselineRules } from './baseline-rules.ts';
import type { Env } from './env.ts';
import type { HostFolders } from './folders.ts';
import type { Journal } from './journal.ts';
import { HostKeys } from './keys.ts';
import type { Tree, Trees } from './trees.ts';

/** An engine and the baseline that it runs. */
export interface EngineEntry {
  readonly engine: Engine;
  readonly baseline: Baseline;
  readonly baselineTree: string;
  readonly services: Readonly<Record<string, ServiceConfig>>;
}

export interface EnginesOptions {
  readonly folders: HostFolders;
  readonly log: Log;
  readonly guard: ProcessGuard;
  readonly env: Env;
  readonly trees: Pick<Trees, 'lastConfig' | 'lastRepository'>;
  readonly journal: Journal;
}

/** Who keeps an engine: it is closed when nobody does. */
interface Slot {
  readonly opening: Promise<EngineEntry>;
  users: number;
}

export interface Resolved {
  readonly commit: string;
  readonly tree: string;
  readonly from: string;
}

/** One engine per resolved baseline commit, started when first needed, closed when its last user lets go. */
export class Engines {
  readonly #options: EnginesOptions;
  readonly #keys = new HostKeys();
  readonly #slots = new Map<string, Slot>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: EnginesOptions) {
    this.#options = options;
  }

  /** Keeps an engine that is in use for longer. Whoever calls it calls what it gives back, once. */
  hold({ baseline }: EngineEntry): () => void {
    const slot = this.#slots.get(baseline.commit);
    return slot === undefined ? () => {} : this.#hold(baseline.commit, slot);
  }

  /** The engine of a commit; whoever gets it calls `release` once. Rejects with what the start of the baseline says. */
  async use(resolved: Resolved, tree: Tree, call: Call): Promise<{ entry: EngineEntry; release(): void }> {
    const slot = this.#slots.get(resolved.commit) ?? this.#open(resolved, tree, call);
    const release = this.#hold(resolved.commit, slot);
    try {
      return { entry: await abortable(slot.opening, call.signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #hold(commit: string, slot: Slot): () => void {
    slot.users += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      slot.users -= 1;
      // After a while: the next call of a loop comes soon, and a baseline costs seconds.
      setTimeout(() => this.#closeUnused(commit, slot), 2000).unref();
    };
  }

  #open(resolved: Resolved, tree: Tree, call: Call): Slot {
    call.progress({
      message: `Starting the baseline (${resolved.commit.slice(0, 10)}, ${resolved.from})`,
      done: 0,
    });
    const slot: Slot = { opening: this.#create(resolved, tree), users: 0 };
    this.#slots.set(resolved.commit, slot);
    // A baseline that did not start is tried again by the next call.
    slot.opening.catch(() => this.#slots.delete(resolved.commit));
    return slot;
  }

  async #create(resolved: Resolved, tree: Tree): Promise<EngineEntry> {
    const { folders, log, guard, env, trees, journal } = this.#options;
    const baseline: Baseline = { commit: resolved.commit, from: resolved.from, assumed: false };
    const { services } = await baselineRules(resolved.tree, tree, AbortSignal.timeout(30_000));
    const engine = await createLocalEngine({
      baseline,
      baselineTree: resolved.tree,
      baselineServices: services,
      config: (owner) => trees.lastConfig(owner.workingTree) ?? tree.config,
      // An engine outlives the working tree that it began with: agents make worktrees and remove them.
      repository: {
        export: (id, folder, signal) =>
          (trees.lastRepository() ?? tree.repository).export(id, folder, signal),
      },
      folders: { cache: folders.cache, runtime: folders.runtime },
      log,
      guard,
      env,
      workingTreeRoot: tree.repository.root,
      // Of every baseline: a key that came too late must find no router that takes it for none.
      tombstones: journal.entries().filter(({ state }) => state === 'gone'),
      keyElsewhere: (key) => this.#keys.elsewhere(baseline.commit, key),
      journal: (key) => {
        this.#keys.note(baseline.commit, key);
        return journal.put({ ...key, services: [...key.services] });
      },
    });
    if (this.#closed) await engine.close();
    return { engine, baseline, baselineTree: resolved.tree, services };
  }

  #closeUnused(commit: string, slot: Slot): void {
    if (slot.users > 0 || this.#slots.get(commit) !== slot || this.#closed) return;
    this.#slots.delete(commit);
    const closing = slot.opening
      .then(({ engine }) => engine.close())
      .catch((error: unknown) => this.#options.log.error('engine-close', { error: String(error) }))
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#slots.values()].map(({ opening }) => opening.then(({ engine }) => engine.close()));
    await Promise.allSettled([...open, ...this.#closing]);
  }
}

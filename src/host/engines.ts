import { engineOf, type ServiceConfig } from '../config/config.ts';
import { createLocalEngine } from '../local/engine.ts';
import type { ProcessGuard } from '../local/guard.ts';
import type { Log } from '../log.ts';
import type { Engine } from '../sandbox/engine.ts';
import type { Baseline } from '../sandbox/sandbox.ts';
import { abortable } from '../util/abortable.ts';
import type { Call } from './api.ts';
import { baselineRules } from './baseline-rules.ts';
import { clusterOf, openClusterEngine } from './cluster-engine.ts';
import type { Env } from './env.ts';
import type { HostFolders } from './folders.ts';
import type { Journal } from './journal.ts';
import { HostKeys } from './keys.ts';
import type { Tree, Trees } from './trees.ts';

/** An engine and the baseline that it runs. */
export interface EngineEntry {
  readonly kind: 'local' | 'kubernetes';
  /** Its slot. */
  readonly id: string;
  readonly engine: Engine;
  /** The commit that the change is told from. What an engine knows of what runs is in `engine.baseline`. */
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

/** One engine per resolved baseline commit (in a cluster: per context, namespace and commit), started when first needed, closed when its last user lets go. */
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
  hold({ id }: EngineEntry): () => void {
    const slot = this.#slots.get(id);
    return slot === undefined ? () => {} : this.#hold(id, slot);
  }

  /** The engine of a commit; whoever gets it calls `release` once. Rejects with what the start of the baseline says. */
  async use(resolved: Resolved, tree: Tree, call: Call): Promise<{ entry: EngineEntry; release(): void }> {
    const id = slotOf(resolved, tree);
    const slot = this.#slots.get(id) ?? this.#open(id, resolved, tree, call);
    const release = this.#hold(id, slot);
    try {
      return { entry: await abortable(slot.opening, call.signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #hold(id: string, slot: Slot): () => void {
    slot.users += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      slot.users -= 1;
      // After a while: the next call of a loop comes soon, and a baseline costs seconds.
      setTimeout(() => this.#closeUnused(id, slot), 2000).unref();
    };
  }

  #open(id: string, resolved: Resolved, tree: Tree, call: Call): Slot {
    const short = `${resolved.commit.slice(0, 10)}, ${resolved.from}`;
    const { kubernetes } = tree.config;
    const local = engineOf(tree.config) === 'local';
    call.progress({
      message: local
        ? `Starting the baseline (${short})`
        : `Connecting to namespace ${kubernetes?.namespace} of ${kubernetes?.context} (baseline ${short})`,
      done: 0,
    });
    const opening = local ? this.#createLocal(id, resolved, tree) : this.#createCluster(id, resolved, tree);
    const slot: Slot = { opening, users: 0 };
    this.#slots.set(id, slot);
    // A baseline that did not start is tried again by the next call.
    slot.opening.catch(() => this.#slots.delete(id));
    return slot;
  }

  async #createCluster(id: string, resolved: Resolved, tree: Tree): Promise<EngineEntry> {
    const { log, trees } = this.#options;
    const { commit, from } = resolved;
    const baseline: Baseline = { commit, from, assumed: true };
    const signal = AbortSignal.timeout(30_000);
    const { services } = await baselineRules(resolved.tree, tree, signal);
    const config = (workingTree: string) => trees.lastConfig(workingTree) ?? tree.config;
    const cluster = clusterOf(tree);
    const engine = await openClusterEngine(
      {
        cluster,
        baseline,
        services: () => config(tree.repository.root).services,
        config: (owner) => config(owner.workingTree),
        log,
      },
      signal,
    );
    if (this.#closed) await engine.close();
    return { kind: 'kubernetes', id, engine, baseline, baselineTree: resolved.tree, services };
  }

  async #createLocal(id: string, resolved: Resolved, tree: Tree): Promise<EngineEntry> {
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
    return { kind: 'local', id, engine, baseline, baselineTree: resolved.tree, services };
  }

  #closeUnused(id: string, slot: Slot): void {
    if (slot.users > 0 || this.#slots.get(id) !== slot || this.#closed) return;
    this.#slots.delete(id);
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

function slotOf({ commit }: Resolved, tree: Tree): string {
  if (engineOf(tree.config) === 'local') return `local ${commit}`;
  return `kubernetes ${JSON.stringify(clusterOf(tree))} ${commit}`;
}

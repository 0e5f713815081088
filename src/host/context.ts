import type { Log } from '../log.ts';
import type { Engines } from './engines.ts';
import type { HostFolders } from './folders.ts';
import type { RunRegistry } from './runs/registry.ts';
import type { RunStore } from './runs/store.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { Trees } from './trees.ts';

/** What the calls of a host share. */
export interface HostContext {
  readonly folders: HostFolders;
  readonly log: Log;
  readonly trees: Trees;
  readonly engines: Engines;
  readonly sandboxes: Sandboxes;
  readonly store: RunStore;
  readonly runs: RunRegistry;
  /** One provision at a time for a name; it goes on when its client leaves. */
  readonly turns: Turns;
  /** Owners whose sandboxes in a cluster were taken on. */
  readonly adopted: Set<string>;
}

export interface Turns {
  take<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Names whose turns are not over. */
  pending(): number;
}

/** Calls of one name run one after the other; others side by side. */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    pending: () => last.size,
    async take(name, work) {
      const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
      last.set(name, mine);
      try {
        return await mine;
      } finally {
        if (last.get(name) === mine) last.delete(name);
      }
    },
  };
}

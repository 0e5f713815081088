import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createGuard } from '../local/guard.ts';
import type { Log } from '../log.ts';
import { createTurns, type HostContext } from './context.ts';
import { Engines } from './engines.ts';
import type { Env } from './env.ts';
import type { HostFolders } from './folders.ts';
import { inspect } from './inspect.ts';
import { openJournal } from './journal.ts';
import { readLogs } from './logs.ts';
import type { Hosted } from './main.ts';
import { provision } from './provision.ts';
import { RunRegistry } from './runs/registry.ts';
import { runPlan, smartDiff } from './runs/start.ts';
import { openRunStore } from './runs/store.ts';
import { Sandboxes } from './sandboxes.ts';
import type { HostService } from './server.ts';
import { teardown } from './teardown.ts';
import { openTrees } from './trees.ts';

export interface ServiceOptions {
  readonly commonDir: string;
  readonly folders: HostFolders;
  readonly env: Env;
  readonly pid: number;
  readonly execPath: string;
  readonly log: Log;
}

/** The host's work, in this process. Sweeps first what a host before left; the caller holds the lock. */
export async function createService(options: ServiceOptions): Promise<Hosted> {
  const { folders, log, env } = options;
  const guard = await createGuard({
    pid: options.pid,
    execPath: options.execPath,
    runtime: folders.runtime,
    log,
  });
  const journal = await openJournal(folders.journal, log);
  const store = await openRunStore(folders.runs, log);
  const trees = openTrees({ commonDir: options.commonDir, cache: folders.cache, env });
  const engines = new Engines({
    folders,
    log,
    guard,
    env,
    trees,
    journal,
  });
  const sandboxes = new Sandboxes(journal, log);
  const runs = new RunRegistry(store, log);
  const turns = createTurns();
  const host: HostContext = {
    folders,
    log,
    trees,
    engines,
    sandboxes,
    store,
    runs,
    turns,
    adopted: new Set(),
  };
  return {
    service: serviceOf(host),
    serves: () => ({ sandboxes: sandboxes.live().length + turns.pending(), runs: runs.running() }),
    async close() {
      await runs.close();
      await sandboxes.endAll();
      await engines.close();
      await guard.close();
      await rmdir(join(folders.runtime, 'ledgers')).catch(() => {});
    },
  };
}

function serviceOf(host: HostContext): HostService {
  return {
    provision: (args, call) => provision(host, args, call),
    inspect: (args, call) => inspect(host, args, call),
    runPlan: (args, call) => runPlan(host, args, call),
    smartDiff: (args, call) => smartDiff(host, args, call),
    teardown: (args, call) => teardown(host, args, call),
    async readRun({ workingTree, run }, call) {
      const owner = await host.trees.owner(workingTree, call);
      const named = run === 'last' ? await host.runs.lastJudged(owner) : run;
      return await host.runs.again(named, owner, 0, call);
    },
    logs: (args, call) => readLogs(host, args, call),
  };
}

import { engineOf } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { ForkSpec } from '../sandbox/sandbox.ts';
import type { ChangeArg } from './api.ts';
import type { HostContext } from './context.ts';
import type { HostCall } from './server.ts';
import type { Tree } from './trees.ts';

/**
 * Sandboxes in a cluster outlive their host. The first call for a working tree takes on what its owner has there, so
 * that a host started anew knows them.
 */
export async function adopt(host: HostContext, tree: Tree, call: HostCall): Promise<void> {
  if (engineOf(tree.config) === 'local') return;
  const key = JSON.stringify([tree.owner, tree.config.kubernetes, tree.env.KUBECONFIG]);
  if (host.adopted.has(key)) return;
  // Another call may be at it: whoever comes second finds what the first one took on.
  await host.turns.take(`adopt ${key}`, async () => {
    if (host.adopted.has(key)) return;
    const resolved = await tree.repository.baselineCommit(tree.config.baseline.ref, call.signal);
    const { entry, release } = await host.engines.use(resolved, tree, call);
    try {
      for (const latest of await entry.engine.list(tree.owner, call.signal)) {
        if (latest.state === 'gone' || host.sandboxes.find(latest.name) !== null) continue;
        const { name, owner } = latest;
        const forks = await entry.engine.forks(name, call.signal);
        const held = { name, owner, entry, asked: forks.flatMap(askedOf), forks, settings: null, latest };
        host.sandboxes.hold(held, host.engines.hold(entry));
      }
      host.adopted.add(key);
    } finally {
      release();
    }
  });
}

/** For calls that need no configuration: one that cannot be read keeps nobody from looking and tearing down. */
export async function adoptFor(host: HostContext, workingTree: string, call: HostCall): Promise<void> {
  let tree: Tree;
  try {
    tree = await host.trees.open(workingTree, call);
  } catch (error) {
    if (error instanceof SeatrialError) return;
    throw error;
  }
  await adopt(host, tree, call);
}

function askedOf({ service, revision, env }: ForkSpec): readonly ChangeArg[] {
  if (revision.kind !== 'image') return [];
  const { image } = revision;
  return [{ service, image, env, ...(revision.revision === null ? {} : { revision: revision.revision }) }];
}

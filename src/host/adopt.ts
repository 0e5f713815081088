import { engineOf } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { ForkSpec, Revision, Sandbox } from '../sandbox/sandbox.ts';
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
        const asked = askedOf(latest);
        const held = { name, owner, entry, asked, forks: forksOf(latest), settings: null, latest };
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

/** Their environment is not in our words: an update without changes leaves it as it is. */
function forksOf({ forks }: Sandbox): readonly ForkSpec[] {
  return forks.map(({ service, revision }) => ({
    service,
    revision: revision.kind === 'image' ? asGiven(revision) : revision,
    env: {},
  }));
}

function asGiven({ image, revision }: Extract<Revision, { kind: 'image' }>): Revision {
  return { kind: 'image', image, digest: null, revision };
}

function askedOf({ forks }: Sandbox): readonly ChangeArg[] {
  return forks.flatMap(({ service, revision }) =>
    revision.kind === 'image'
      ? [
          {
            service,
            image: revision.image,
            ...(revision.revision === null ? {} : { revision: revision.revision }),
          },
        ]
      : [],
  );
}

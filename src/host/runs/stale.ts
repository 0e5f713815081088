import { posix } from 'node:path';
import { mapChange } from '../../config/change.ts';
import { expectedChangesFile, policyFile } from '../../config/config.ts';
import { SeatrialError } from '../../errors.ts';
import type { ForkStatus } from '../../sandbox/sandbox.ts';
import type { ForksEvidence } from '../../verdict/evidence.ts';
import type { Tree } from '../trees.ts';

type Stale = ForksEvidence['stale'];

/**
 * Forks whose tree is not the one asked for as it is now: the working tree, or what the ref stands for by now. Plans,
 * expected changes and policy may differ; those are pinned in the run by themselves.
 */
export async function staleForks(
  tree: Tree,
  forks: readonly ForkStatus[],
  expectedFiles: readonly string[],
  signal: AbortSignal,
): Promise<Stale> {
  const pinned = new Set([expectedChangesFile, policyFile, ...expectedFiles]);
  const plans = `${posix.normalize(tree.config.plans).replace(/\/+$/, '')}/`;
  // Plans alone: whatever else lies in their folder may be code.
  const counts = (path: string) => !pinned.has(path) && !(path.startsWith(plans) && path.endsWith('.md'));
  const found = await Promise.all(
    forks.map(async ({ service, revision }) => {
      // An image that names no revision is for the judge to see.
      if (revision.kind === 'image' && revision.revision === null) return null;
      const asked =
        revision.kind === 'image' || revision.ref === null
          ? await tree.repository.workingTree(signal)
          : (await tree.repository.resolve(revision.ref, signal)).tree;
      const made =
        revision.kind === 'tree' ? revision.tree : await treeOf(tree, revision.revision ?? '', signal);
      // Taken on from before: nobody can say what it holds.
      if (made === null) return { service, paths: [], asked };
      const changed = await tree.repository.changedFiles(made, asked, signal);
      const paths = changed.filter(counts);
      if (paths.length > 0) return { service, paths: paths.slice(0, 50), asked };
      return revision.kind === 'image' && revision.earlier !== undefined
        ? await sameImage(tree, service, { made, asked, earlier: revision.earlier }, signal)
        : null;
    }),
  );
  return found.filter((entry) => entry !== null);
}

/** The image is that of another revision: fine where nothing that makes the service differs between the two. */
async function sameImage(
  tree: Tree,
  service: string,
  {
    made,
    asked,
    earlier,
  }: { readonly made: string; readonly asked: string; readonly earlier: readonly string[] },
  signal: AbortSignal,
): Promise<Stale[number] | null> {
  const [imageOf, ...others] = earlier;
  if (imageOf === undefined) return null;
  const before = await treeOf(tree, imageOf, signal);
  if (before === null) return await sameImage(tree, service, { made, asked, earlier: others }, signal);
  const changed = mapChange(await tree.repository.changedFiles(before, made, signal), tree.config);
  const paths = changed.filter(({ services, ignored }) => !ignored && services.includes(service));
  if (paths.length === 0) return null;
  return { service, paths: paths.slice(0, 50).map(({ path }) => path), asked, imageOf };
}

/** Null where git does not know it, or no more. */
async function treeOf({ repository }: Tree, revision: string, signal: AbortSignal): Promise<string | null> {
  try {
    return (await repository.resolve(revision, signal)).tree;
  } catch (error) {
    if (error instanceof SeatrialError && error.code === 'unknown-ref') return null;
    throw error;
  }
}

/** What was stale at either end is stale. */
export function mergeStale(before: Stale, after: Stale): Stale {
  const services = new Set([...before, ...after].map(({ service }) => service));
  return [...services].map((service) => {
    const both = [...before, ...after].filter((entry) => entry.service === service);
    const asked = both.at(-1)?.asked ?? '';
    const paths = [...new Set(both.flatMap((entry) => entry.paths))];
    // Another tree altogether says more.
    const [imageOf] = both.every((entry) => entry.imageOf !== undefined)
      ? both.map((one) => one.imageOf)
      : [];
    return { service, paths, asked, ...(imageOf === undefined ? {} : { imageOf }) };
  });
}

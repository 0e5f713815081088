import { SeatrialError } from '../../errors.ts';
import type { Repository } from '../../git/repository.ts';
import type { ExpectedChange } from '../../verdict/evidence.ts';
import { parseExpectedChanges } from '../../verdict/expected-file.ts';

/** A file of expected changes, from the root; one that the caller or plan named must be there. */
export interface ExpectedFile {
  readonly path: string;
  readonly required: boolean;
}

/**
 * Entries of the files in a tree; `addedByChange` where the baseline's tree does not hold the entry as it is. Read from the
 * tree, so that no path leads out of the repository. Rejects with `invalid-expected` or `out-of-root`.
 */
export async function readExpectedChanges(
  repository: Repository,
  trees: { readonly now: string; readonly baseline: string },
  files: readonly ExpectedFile[],
  signal: AbortSignal,
): Promise<ExpectedChange[]> {
  const found: ExpectedChange[] = [];
  for (const { path, required } of files) {
    if (path.startsWith('/') || path.split('/').includes('..')) throw outOfRoot(path);
    const text = await repository.readFile(trees.now, path, signal);
    if (text === null && required) throw missing(path);
    if (text === null) continue;
    const before = await entriesIn(repository, trees.baseline, path, signal);
    for (const entry of parseExpectedChanges(text, path)) {
      if (found.some(({ fingerprint }) => fingerprint === entry.fingerprint)) continue;
      found.push({ ...entry, addedByChange: !before.has(JSON.stringify(entry)) });
    }
  }
  return found;
}

/** An unreadable file of the baseline knows nothing: then all entries count as the change's own. */
async function entriesIn(
  repository: Repository,
  tree: string,
  path: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const text = await repository.readFile(tree, path, signal);
  if (text === null) return new Set();
  try {
    return new Set(parseExpectedChanges(text, path).map((entry) => JSON.stringify(entry)));
  } catch {
    return new Set();
  }
}

function missing(path: string): SeatrialError {
  return new SeatrialError('invalid-expected', {
    what: `There is no file of expected changes ${JSON.stringify(path.slice(0, 200))} in the working tree.`,
    next: 'Name it from the root of the repository, or leave `expected` out.',
  });
}

function outOfRoot(path: string): SeatrialError {
  return new SeatrialError('out-of-root', {
    what: `The file of expected changes ${JSON.stringify(path.slice(0, 200))} leads out of the repository.`,
    next: 'Name it from the root of the repository, or leave `expected` out.',
  });
}

import { lstat, mkdir, realpath, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, relative, sep } from 'node:path';
import { SeatrialError } from '../errors.ts';

export interface LinkSource {
  /** The working tree. */
  readonly root: string;
  /** Whether git ignores the path there; false for what is tracked. */
  readonly ignores: (path: string) => Promise<boolean>;
}

/**
 * Shares an ignored input of the working tree (such as node_modules) with a snapshot by symbolic link. Returns a warning
 * where there is nothing to share. Rejects with `out-of-root` for a path that leads out of the repository, with
 * `invalid-config` for one that git does not ignore: it belongs to the revision, and a link would put the working tree's
 * present content under an older one.
 */
export async function linkInput(path: string, source: LinkSource, snapshot: string): Promise<string | null> {
  const clean = normalize(path).replace(/[\\/]+$/, '');
  if (isAbsolute(clean) || clean === '.' || clean === '..' || clean.startsWith(`..${sep}`))
    throw outOfRoot(path);
  const from = join(source.root, clean);
  if (!(await lstat(from).catch(() => null)))
    return `link: ${clean} is not in the working tree, so it was not shared`;
  await insideOrThrow(source.root, dirname(from), path);
  if (!(await source.ignores(clean))) throw notIgnored(path);
  const to = join(snapshot, clean);
  // What the revision itself holds there goes first.
  if (await lstat(to).catch(() => null)) return null;
  await makeFolder(snapshot, dirname(to), path);
  await symlink(from, to);
  return null;
}

/** A tracked symbolic link among the parents could lead anywhere: nothing may be made behind it. */
async function makeFolder(snapshot: string, folder: string, path: string): Promise<void> {
  let existing = folder;
  while (!(await lstat(existing).catch(() => null))) existing = dirname(existing);
  await insideOrThrow(snapshot, existing, path);
  await mkdir(folder, { recursive: true });
}

async function insideOrThrow(root: string, folder: string, path: string): Promise<void> {
  const [realRoot, real] = [await realpath(root), await realpath(folder).catch(() => null)];
  if (real === null || !isInside(realRoot, real)) throw outOfRoot(path);
}

/** Whether a path is the root or lies below it; both absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function outOfRoot(path: string): SeatrialError {
  return new SeatrialError('out-of-root', {
    what: `\`link: ${path}\` in seatrial.yaml leads out of the repository.`,
    next: 'Name a path below the root, without a tracked symbolic link among its folders.',
  });
}

function notIgnored(path: string): SeatrialError {
  return new SeatrialError('invalid-config', {
    what: `\`link: ${path}\` in seatrial.yaml names a path that git does not ignore.`,
    why: 'A snapshot holds its revision; sharing files that belong to it would run the code of another one.',
    next: `Take ${path} out of \`link\`, or ignore it in .gitignore.`,
  });
}

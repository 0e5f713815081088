import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';

/** What is wrong with a path from the root, judged by its text alone; null where nothing is. */
export function pathProblem(path: string): string | null {
  if (path.includes('\0')) return 'holds a NUL character';
  if (isAbsolute(path)) return `is ${JSON.stringify(path)}, an absolute path; it has to be one from the root`;
  if (path.includes('\\')) return 'holds a backslash; folders are separated by /';
  return /^\.\.(\/|$)/.test(normalize(path))
    ? `is ${JSON.stringify(path)}, which leads out of the repository`
    : null;
}

/** What is wrong with a glob of `paths` or `ignore`. */
export function globProblem(glob: string): string | null {
  if (glob.startsWith('!')) return `holds ${JSON.stringify(glob)}; globs only add, and cannot begin with !`;
  if (glob.startsWith('/') || glob.startsWith('./') || glob.split('/').includes('..')) {
    return `holds ${JSON.stringify(glob)}; globs are from the root, such as services/pricing/**`;
  }
  return null;
}

/** Whether a path leads out of the root through a symbolic link. What does not exist is judged by its nearest folder. */
export async function leadsOut(root: string, path: string): Promise<boolean> {
  const realRoot = await realpath(root);
  let existing = join(realRoot, path);
  while (existing !== realRoot) {
    try {
      const real = await realpath(existing);
      return real !== realRoot && !real.startsWith(realRoot + sep);
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown)) throw thrown;
      // A loop of links, or one that we may not follow, is nowhere inside.
      if (thrown.code !== 'ENOENT' && thrown.code !== 'ENOTDIR') return true;
      existing = dirname(existing);
    }
  }
  return false;
}

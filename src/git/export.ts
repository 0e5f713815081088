import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GitCall, runGit } from './run.ts';

/**
 * Writes a tree's files to a folder that does not exist yet. Complete or absent: the files are written beside it, to
 * `<folder>.tmp-<random>`, and renamed. A folder that exists is taken as that tree. `git archive` would leave files
 * out that are marked `export-ignore`; submodules become empty folders.
 *
 * Resolves with the tree that the files were written from, as git says afterwards: what a fork is made from is known by
 * what was written, not by what was asked for.
 */
export async function exportTree(
  tree: string,
  folder: string,
  gitDir: string,
  temporary: string,
  call: GitCall,
): Promise<string> {
  if (await exists(folder)) return tree;
  await mkdir(dirname(folder), { recursive: true });
  const half = `${folder}.tmp-${randomBytes(6).toString('hex')}`;
  const indexFolder = await mkdtemp(join(temporary, 'index-'));
  try {
    await mkdir(half, { mode: 0o700 });
    // Work tree and cwd are the new folder: attributes come from this tree, not from what the user has checked out.
    const own = { ...call, cwd: half, env: { ...call.env, GIT_INDEX_FILE: join(indexFolder, 'index') } };
    const place = [`--git-dir=${gitDir}`, `--work-tree=${half}`];
    await runGit([...place, '-c', 'core.sparseCheckout=false', 'read-tree', tree], own);
    await runGit([...place, 'checkout-index', '--all', '--force', '--quiet'], own);
    // Blobs are not looked for: a partial clone need not hold them all.
    const { stdout } = await runGit([...place, 'write-tree', '--missing-ok'], own);
    await moveInto(half, folder);
    return stdout.toString('utf8').trim();
  } finally {
    await rm(half, { recursive: true, force: true });
    await rm(indexFolder, { recursive: true, force: true });
  }
}

async function moveInto(half: string, folder: string): Promise<void> {
  try {
    await rename(half, folder);
  } catch (thrown) {
    // Another process finished the same tree first (an empty tree's folder is replaced by an equal one).
    if (!(await exists(folder))) throw thrown;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

import { constants, copyFile, lstat, mkdtemp, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { SeatrialError } from '../errors.ts';
import { type GitCall, runGit, splitZero } from './run.ts';

export interface WorkingTreePlace {
  /** The user's index, which is only read. */
  readonly index: string;
  /** Where our private index lies for the time of the call. */
  readonly temporary: string;
  /** Runs at the root, with our object folder. */
  readonly call: GitCall;
}

/**
 * The tree id of what lies on disk: tracked files as they are and untracked ones that are not ignored. The user's
 * index is copied, so that only what changed since is read. Filters of the user's git configuration (line ends, LFS)
 * run as in `git add`. Rejects with `merge-conflict` or `git-failed`.
 */
export async function writeWorkingTree({ index, temporary, call }: WorkingTreePlace): Promise<string> {
  const folder = await mkdtemp(join(temporary, 'index-'));
  try {
    const copy = join(folder, 'index');
    await copyIndex(index, copy);
    const own = { ...call, env: { ...call.env, GIT_INDEX_FILE: copy } };
    const entries = await readIndex(own);
    refuseConflicts(entries);
    await refuseDirtySubmodules(entries, call);
    await showHidden(entries, own);
    await runGit(['add', '--all', '--', '.'], own);
    return (await runGit(['write-tree'], own)).stdout.toString('utf8').trim();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * An entry as new as its index is compared by content, else by time and size. A copy is newer than what it was copied
 * from, so it takes the time of the original, rounded down: too many comparisons, never one too few.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { mtimeMs } = await stat(from);
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const seconds = Math.floor(mtimeMs / 1000);
    await utimes(to, seconds, seconds);
  } catch (thrown) {
    // A repository without an index has nothing added yet.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
  }
}

interface IndexEntry {
  readonly tag: string;
  readonly mode: string;
  readonly stage: string;
  readonly path: string;
}

async function readIndex(call: GitCall): Promise<IndexEntry[]> {
  const { stdout } = await runGit(['ls-files', '-z', '-v', '--stage'], call);
  // Bytes stay bytes (latin1), as these names go back to git.
  const lines = stdout
    .toString('latin1')
    .split('\0')
    .filter((line) => line !== '');
  return lines.map((line) => {
    const tab = line.indexOf('\t');
    const [tag = '', mode = '', , stage = ''] = line.slice(0, tab).split(' ');
    return { tag, mode, stage, path: line.slice(tab + 1) };
  });
}

function refuseConflicts(entries: readonly IndexEntry[]): void {
  const paths = [...new Set(entries.filter((entry) => entry.stage !== '0').map((entry) => entry.path))];
  if (paths.length === 0) return;
  throw new SeatrialError('merge-conflict', {
    what: `${paths.length === 1 ? 'One file is' : `${paths.length} files are`} unmerged: ${shortList(paths)}.`,
    why: 'A merge, rebase or cherry-pick stopped at a conflict.',
    next: 'Resolve the conflict and `git add` the files, or abort it; then call again.',
  });
}

/** A tree records of a submodule only its commit: edits inside one would be neither run nor seen as a change. */
async function refuseDirtySubmodules(entries: readonly IndexEntry[], call: GitCall): Promise<void> {
  if (!entries.some((entry) => entry.mode === '160000')) return;
  const { stdout } = await runGit(
    ['status', '--porcelain=v2', '-z', '--untracked-files=no', '--ignore-submodules=none', '--no-renames'],
    call,
  );
  // `1 <XY> S<c><m><u> …8 fields… <path>`: m is a modification, u an untracked file inside the submodule.
  const dirty = splitZero(stdout).filter((line) => /^1 .. S.(M.|.U) /.test(line));
  if (dirty.length === 0) return;
  const paths = dirty.map((line) => line.split(' ').slice(8).join(' '));
  throw new SeatrialError('git-failed', {
    what: `Submodules hold changes of their own that are not committed there: ${shortList(paths)}.`,
    why: 'A git tree records only the commit of a submodule, so these changes could not be put on trial.',
    next: 'Commit or stash them inside the submodule, then call again.',
  });
}

/**
 * `assume-unchanged` and `skip-worktree` make git look away from files that may differ on disk. What is put on trial is
 * what lies on disk, so both marks are taken off, except where a sparse checkout left the file out.
 */
async function showHidden(entries: readonly IndexEntry[], call: GitCall): Promise<void> {
  const unchanged = entries.filter((entry) => /^[a-z]$/.test(entry.tag));
  const skipped: IndexEntry[] = [];
  for (const entry of entries) {
    if (entry.tag.toUpperCase() === 'S' && (await exists(call.cwd, entry.path))) skipped.push(entry);
  }
  await update('--no-assume-unchanged', unchanged, call);
  await update('--no-skip-worktree', skipped, call);
}

async function update(flag: string, entries: readonly IndexEntry[], call: GitCall): Promise<void> {
  if (entries.length === 0) return;
  const input = Buffer.from(entries.map((entry) => `${entry.path}\0`).join(''), 'latin1');
  await runGit(['update-index', flag, '-z', '--stdin'], { ...call, input });
}

async function exists(root: string, path: string): Promise<boolean> {
  try {
    await lstat(Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]));
    return true;
  } catch {
    return false;
  }
}

function shortList(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map((path) => JSON.stringify(Buffer.from(path, 'latin1').toString('utf8')));
  return paths.length > 5 ? `${shown.join(', ')} and ${paths.length - 5} more` : shown.join(', ');
}

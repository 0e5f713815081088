import { mkdir, realpath, stat } from 'node:fs/promises';
import { SeatrialError } from '../errors.ts';
import { type BaselineCommit, findBaseline } from './baseline.ts';
import { type Environment, gitEnvironment, objectFolders } from './environment.ts';
import { exportTree } from './export.ts';
import { findObject, type Resolved, resolveRef, unknownRef } from './ref.ts';
import { type GitCall, runGit, splitZero } from './run.ts';
import { writeWorkingTree } from './working-tree.ts';

/**
 * One working tree of a git repository, read only: nothing in its `.git` changes, no hook runs. All calls reject with
 * SeatrialErrors (`git-failed`, `disk-full`, and those named), or with the AbortError of the signal.
 */
export interface Repository {
  /** Absolute, without symbolic links. */
  readonly root: string;
  /** Absolute path of the git common directory, equal for all worktrees of a repository. */
  readonly commonDir: string;
  /** Rejects with `unknown-ref`. */
  resolve(ref: string, signal: AbortSignal): Promise<Resolved>;
  /** `auto` or a ref. Rejects with `no-baseline` or `unknown-ref`. */
  baselineCommit(ref: string, signal: AbortSignal): Promise<BaselineCommit>;
  /** The tree id of what lies on disk, untracked files included. Rejects with `merge-conflict`. */
  workingTree(signal: AbortSignal): Promise<string>;
  /**
   * Paths that differ between two trees, `/` between folders, both ends of a rename. `exclude` are literal paths from
   * the root; a folder stands for all in it.
   */
  changedFiles(
    fromTree: string,
    toTree: string,
    signal: AbortSignal,
    exclude?: readonly string[],
  ): Promise<string[]>;
  /** Atomic: the folder holds the whole tree or does not exist. Resolves with the tree that was written. */
  export(tree: string, folder: string, signal: AbortSignal): Promise<string>;
  /** A file's text at a commit or tree; null where there is none, or no regular file. */
  readFile(treeish: string, path: string, signal: AbortSignal): Promise<string | null>;
  /** Null where HEAD is detached. */
  branch(signal: AbortSignal): Promise<string | null>;
  /** Those of the paths (from the root) that git ignores. */
  ignored(paths: readonly string[], signal: AbortSignal): Promise<string[]>;
}

export interface RepositoryOptions {
  /** A folder of ours for objects that git writes and for private indexes; made where it is missing. */
  readonly objects: string;
  /** The caller's environment: PATH, HOME. What it says about a repository (GIT_DIR …) is left out. */
  readonly env: Environment;
}

/** Finds the working tree that the folder lies in. Rejects with `not-a-repository`. */
export async function openRepository(
  folder: string,
  options: RepositoryOptions,
  signal: AbortSignal,
): Promise<Repository> {
  const env = gitEnvironment(options.env);
  const place = await locate(folder, env, signal);
  await mkdir(options.objects, { recursive: true, mode: 0o700 });
  const objects = await realpath(options.objects);
  const callEnv = { ...env, ...objectFolders(objects, place.objects) };
  const call = (abort: AbortSignal): GitCall => ({ cwd: place.root, env: callEnv, signal: abort });
  return {
    root: place.root,
    commonDir: place.commonDir,
    resolve: (ref, abort) => resolveRef(ref, call(abort)),
    baselineCommit: (ref, abort) => findBaseline(ref, call(abort)),
    workingTree: (abort) => writeWorkingTree({ index: place.index, temporary: objects, call: call(abort) }),
    changedFiles: (from, to, abort, exclude = []) => changedFiles(from, to, exclude, call(abort)),
    async export(tree, target, abort) {
      const id = await findObject(tree, 'tree', call(abort));
      if (id === null) throw unknownRef(tree);
      return await exportTree(id, target, place.gitDir, objects, call(abort));
    },
    readFile: (treeish, path, abort) => readFile(treeish, path, call(abort)),
    async branch(abort) {
      const args = ['symbolic-ref', '--quiet', '--short', 'HEAD'];
      const { code, stdout } = await runGit(args, { ...call(abort), allow: [1] });
      return code === 0 ? stdout.toString('utf8').trim() : null;
    },
    async ignored(paths, abort) {
      if (paths.length === 0) return [];
      const input = paths.map((path) => `${path}\0`).join('');
      const args = ['check-ignore', '-z', '--stdin'];
      return splitZero((await runGit(args, { ...call(abort), input, allow: [1] })).stdout);
    },
  };
}

interface Place {
  readonly root: string;
  readonly commonDir: string;
  readonly gitDir: string;
  readonly objects: string;
  readonly index: string;
}

/** Where the working tree is that a folder lies in. Rejects with `not-a-repository`. */
export async function locateRepository(
  folder: string,
  callerEnv: Environment,
  signal: AbortSignal,
): Promise<Pick<Repository, 'root' | 'commonDir'>> {
  const { root, commonDir } = await locate(folder, gitEnvironment(callerEnv), signal);
  return { root, commonDir };
}

async function locate(folder: string, env: Record<string, string>, signal: AbortSignal): Promise<Place> {
  const cwd = await existingFolder(folder);
  // One value a call, as a path may hold a line end.
  const ask = async (...args: string[]): Promise<string> => {
    const { stdout } = await runGit(['rev-parse', '--path-format=absolute', ...args], { cwd, env, signal });
    return stdout.toString('utf8').replace(/\n$/, '');
  };
  try {
    const root = await ask('--show-toplevel');
    const [commonDir, gitDir, objects, index] = await Promise.all([
      ask('--git-common-dir'),
      ask('--git-dir'),
      ask('--git-path', 'objects'),
      ask('--git-path', 'index'),
    ]);
    return { root: await realpath(root), commonDir: await realpath(commonDir), gitDir, objects, index };
  } catch (thrown) {
    const why = thrown instanceof SeatrialError ? (thrown.text.why ?? '') : '';
    if (/not a git repository|must be run in a work tree/.test(why)) throw noRepository(folder);
    throw thrown;
  }
}

async function existingFolder(folder: string): Promise<string> {
  try {
    const real = await realpath(folder);
    if ((await stat(real)).isDirectory()) return real;
  } catch {
    // Said below.
  }
  throw noRepository(folder);
}

function noRepository(folder: string): SeatrialError {
  return new SeatrialError('not-a-repository', {
    what: `${folder} lies in no git working tree.`,
    next: 'Call from inside a git working tree, or run `git init` and commit there first.',
  });
}

async function changedFiles(
  from: string,
  to: string,
  exclude: readonly string[],
  call: GitCall,
): Promise<string[]> {
  const [fromTree, toTree] = await Promise.all([resolveRef(from, call), resolveRef(to, call)]);
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--ignore-submodules=none'];
  const paths = [':(top)', ...exclude.map((path) => `:(top,exclude,literal)${path.replace(/\/+$/, '')}`)];
  const { stdout } = await runGit([...args, fromTree.tree, toTree.tree, '--', ...paths], call);
  return [...new Set(splitZero(stdout))];
}

async function readFile(treeish: string, path: string, call: GitCall): Promise<string | null> {
  const { tree } = await resolveRef(treeish, call);
  const { stdout } = await runGit(
    ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', tree, '--', path],
    call,
  );
  const entry = /^100(?:644|755|664) blob ([0-9a-f]+)\t(.*)$/s.exec(splitZero(stdout)[0] ?? '');
  if (entry?.[1] === undefined || entry[2] !== path) return null;
  return (await runGit(['cat-file', 'blob', entry[1]], call)).stdout.toString('utf8');
}

import { SeatrialError } from '../errors.ts';
import { findObject, unknownRef } from './ref.ts';
import { type GitCall, runGit } from './run.ts';

export interface BaselineCommit {
  readonly commit: string;
  readonly tree: string;
  /** What it was resolved from, such as `merge base with origin/main`. */
  readonly from: string;
}

/** In this order: what the remote calls its default, then the two usual names, there and here. */
const defaultBranches = [
  ['origin/HEAD', 'refs/remotes/origin/HEAD'],
  ['origin/main', 'refs/remotes/origin/main'],
  ['origin/master', 'refs/remotes/origin/master'],
  ['main', 'refs/heads/main'],
  ['master', 'refs/heads/master'],
] as const;

const setRef = 'set `baseline: { ref: <branch or commit> }` in seatrial.yaml, or SEATRIAL_BASELINE_REF';

/** `auto`: the merge base of HEAD with the default branch. Rejects with `no-baseline` or `unknown-ref`. */
export async function findBaseline(ref: string, call: GitCall): Promise<BaselineCommit> {
  if (ref !== 'auto') {
    const commit = await findObject(ref, 'commit', call);
    if (commit === null) throw unknownRef(ref);
    return withTree(commit, ref, call);
  }
  const head = await findObject('HEAD', 'commit', call);
  if (head === null) {
    throw noBaseline('The repository has no commit yet.', `Commit what runs now, or ${setRef}.`);
  }
  for (const [name, full] of defaultBranches) {
    const tip = await findObject(full, 'commit', call);
    if (tip === null) continue;
    const { code, stdout } = await runGit(['merge-base', head, tip], { ...call, allow: [1] });
    if (code === 0) return withTree(stdout.toString('utf8').trim(), `merge base with ${name}`, call);
    const shallow = await runGit(['rev-parse', '--is-shallow-repository'], call);
    throw shallow.stdout.toString('utf8').trim() === 'true'
      ? noBaseline(
          `This is a shallow clone, and the part of history that HEAD shares with ${name} is not in it.`,
          `Run \`git fetch --unshallow\` (in CI: fetch with depth 0), or ${setRef}.`,
        )
      : noBaseline(`HEAD and ${name} share no commit.`, capital(`${setRef}.`));
  }
  throw noBaseline(
    `None of ${defaultBranches.map(([name]) => name).join(', ')} exists.`,
    `${capital(setRef)}, or run \`git remote set-head origin --auto\`.`,
  );
}

async function withTree(commit: string, from: string, call: GitCall): Promise<BaselineCommit> {
  const tree = await findObject(commit, 'tree', call);
  if (tree === null) throw unknownRef(commit);
  return { commit, tree, from };
}

function noBaseline(why: string, next: string): SeatrialError {
  return new SeatrialError('no-baseline', {
    what: 'The commit of the baseline cannot be worked out.',
    why,
    next,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

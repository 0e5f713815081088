import { SeatrialError } from '../errors.ts';
import { type GitCall, runGit } from './run.ts';

export interface Resolved {
  /** Null where the ref is a tree. */
  readonly commit: string | null;
  readonly tree: string;
}

const objectId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Refuses what git could take for an option or more than one name. */
function checkRef(ref: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (ref === '' || ref.length > 1000 || ref.startsWith('-') || /[\u0000-\u001f\u007f]/.test(ref)) {
    throw new SeatrialError('unknown-ref', {
      what: `${JSON.stringify(ref.slice(0, 100))} is no name of a branch, tag, commit or tree.`,
      next: 'Name a branch, tag, commit or tree; `git rev-parse <name>` shows whether git knows it.',
    });
  }
  return ref;
}

/** The object that a name stands for, or null. `kind` follows tags, and commits to their tree. */
export async function findObject(
  name: string,
  kind: 'commit' | 'tree',
  call: GitCall,
): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${checkRef(name)}^{${kind}}`];
  const { code, stdout } = await runGit(args, { ...call, allow: [1, 128] });
  const id = stdout.toString('utf8').trim();
  return code === 0 && objectId.test(id) ? id : null;
}

/** Rejects with `unknown-ref`. */
export async function resolveRef(ref: string, call: GitCall): Promise<Resolved> {
  const [commit, tree] = await Promise.all([findObject(ref, 'commit', call), findObject(ref, 'tree', call)]);
  if (tree === null) throw unknownRef(ref);
  return { commit, tree };
}

export function unknownRef(ref: string): SeatrialError {
  return new SeatrialError('unknown-ref', {
    what: `git knows no branch, tag, commit or tree ${JSON.stringify(ref.slice(0, 100))} here.`,
    why: 'It may be misspelt, or not fetched yet.',
    next: 'See `git branch --all`, or run `git fetch`; then call again.',
  });
}

import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SeatrialError } from '../errors.ts';

/** Root and git common directory of the working tree that a folder lies in: absolute, links resolved. */
export async function locate(
  folder: string,
  signal: AbortSignal,
): Promise<{ readonly root: string; readonly commonDir: string }> {
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      ['-C', folder, 'rev-parse', '--path-format=absolute', '--show-toplevel', '--git-common-dir'],
      { signal },
    );
    const [root, commonDir] = stdout.trimEnd().split('\n');
    if (root === undefined || commonDir === undefined) throw new Error('git said too little');
    return { root: await realpath(root), commonDir: await realpath(commonDir) };
  } catch (error) {
    signal.throwIfAborted();
    throw new SeatrialError(
      'not-a-repository',
      {
        what: `${folder} lies in no git working tree.`,
        next: 'Call from inside a repository, or make one with `git init` and a first commit.',
      },
      { cause: error },
    );
  }
}

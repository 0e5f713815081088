import { chmod, lstat, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { SeatrialError } from '../errors.ts';

/**
 * Creates the folder (0700) and refuses one that somebody else could have put there: the runtime folder may lie in
 * `/tmp`, where any user can create the name first.
 */
export async function privateFolder(folder: string): Promise<void> {
  // Parents of ours too: somebody who owns a parent can swap the folder.
  for (const each of [dirname(folder), folder]) {
    await mkdir(each, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      throw unusable(each, error);
    });
    const found = await lstat(each);
    const { uid } = userInfo();
    if (!found.isDirectory() || found.uid !== uid) {
      throw new SeatrialError('host-unreachable', {
        what: `The runtime folder ${each} is not a folder of yours.`,
        why: found.isDirectory() ? `It belongs to the user with id ${found.uid}.` : 'It is a link or a file.',
        next: 'Have it removed, or set SEATRIAL_HOME to a folder of your own, and call again.',
      });
    }
    if (each === folder && (found.mode & 0o077) !== 0) await chmod(each, 0o700);
  }
}

/** Where a folder of ours cannot be made or written to. A full disk stays what it is. */
export function unusable(folder: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (typeof code !== 'string' || !/^E[A-Z]/.test(code) || code === 'ENOSPC' || code === 'EDQUOT')
    return error;
  return new SeatrialError(
    'host-unreachable',
    {
      what: `The folder ${folder} cannot be used (${code}).`,
      next: 'Make it writable for you, or set SEATRIAL_HOME to a folder of your own, and call again.',
    },
    { cause: error },
  );
}

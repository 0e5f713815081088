import { closeSync, openSync, rmSync, statSync } from 'node:fs';

/** A starter that has not got its host up by then has died or is slow; another one may try. */
const turnMs = 3000;

/**
 * Whose turn it is to start a host, so that ten clients don't spawn ten. Only politeness: that there is one host is
 * held by the lock of the host itself (clients don't take that one, for `node:sqlite` warns on stderr when it is
 * loaded). Null where it is somebody else's turn.
 */
export function takeStartTurn(file: string): { end(): void } | null {
  const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (age > turnMs) rmSync(file, { force: true });
  try {
    closeSync(openSync(file, 'wx', 0o600));
    return { end: () => rmSync(file, { force: true }) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOENT'))
      return null;
    throw error;
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SeatrialError } from '../errors.ts';

const exec = promisify(execFile);

/** More than any list of files that we read; output beyond it is an error, not memory. */
const maxBytes = 256 * 1024 * 1024;

/**
 * No hook and no file monitor of the user runs, and nothing of an index is written beside it: the user's `.git` stays
 * as it is. What we write can be made again, so it is not synced to disk.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.splitIndex=false',
  // An edit that keeps size and time is told by the rest of `stat`, whatever the user's configuration leaves out.
  'core.checkStat=default',
  'core.trustctime=true',
  'core.untrackedCache=false',
  'core.fsync=none',
  'core.safecrlf=false',
  'advice.addEmbeddedRepo=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

export interface GitCall {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly input?: string | Buffer;
  /** Exit codes that are answers, beside 0. */
  readonly allow?: readonly number[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
}

/** Runs git without a shell. Rejects with `git-failed` (or `disk-full`), or the AbortError of the signal. */
export async function runGit(args: readonly string[], call: GitCall): Promise<GitResult> {
  const running = exec('git', [...settings, ...args], {
    cwd: call.cwd,
    env: call.env,
    signal: call.signal,
    maxBuffer: maxBytes,
    encoding: 'buffer',
    windowsHide: true,
  });
  // git may end before it has read its input; how it ended says enough.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(call.input ?? '');
  try {
    return { code: 0, stdout: (await running).stdout };
  } catch (thrown) {
    call.signal.throwIfAborted();
    const failure = parseFailure(thrown);
    if (failure.code !== null && call.allow?.includes(failure.code)) {
      return { code: failure.code, stdout: failure.stdout };
    }
    throw gitError(args.find((arg) => /^[a-z][a-z-]*$/.test(arg)) ?? '', failure, thrown);
  }
}

/** The entries of output made with `-z`. Names that are not UTF-8 get U+FFFD where they are not. */
export function splitZero(output: Buffer): string[] {
  return output
    .toString('utf8')
    .split('\0')
    .filter((entry) => entry !== '');
}

interface Failure {
  /** Null where git could not be started or was killed. */
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly said: string;
}

function parseFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) return { code: null, stdout: Buffer.alloc(0), said: String(thrown) };
  const code = 'code' in thrown ? thrown.code : null;
  const stdout = 'stdout' in thrown && Buffer.isBuffer(thrown.stdout) ? thrown.stdout : Buffer.alloc(0);
  const stderr = 'stderr' in thrown && Buffer.isBuffer(thrown.stderr) ? thrown.stderr.toString('utf8') : '';
  if (code === 'ENOENT') return { code: null, stdout, said: 'the program `git` is not on the PATH' };
  const said = stderr.trim() === '' ? thrown.message.split('\n', 1)[0] : stderr.trim();
  return { code: typeof code === 'number' ? code : null, stdout, said: (said ?? '').slice(0, 600) };
}

function gitError(command: string, failure: Failure, cause: unknown): SeatrialError {
  if (/No space left on device|Disk quota exceeded/.test(failure.said)) {
    return new SeatrialError(
      'disk-full',
      {
        what: `git ${command} could not write: no space left.`,
        next: 'Free space on that disk, or point SEATRIAL_HOME at another one, and call again.',
      },
      { cause },
    );
  }
  const dubious = failure.said.includes('dubious ownership');
  return new SeatrialError(
    'git-failed',
    {
      what: `git ${command} failed.`,
      why: failure.said,
      next: dubious
        ? 'If you trust the folder, run `git config --global --add safe.directory <folder>`, then call again.'
        : 'Mend what git names, check that `git status` works in the folder, then call again.',
    },
    { cause },
  );
}

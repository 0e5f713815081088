import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SeatrialError } from '../errors.ts';
import type { Env } from './env.ts';
import type { HostFolders } from './folders.ts';
import { privateFolder, unusable } from './private-folder.ts';
import { card, type Hello, hello } from './protocol.ts';
import { takeStartTurn } from './start-turn.ts';
import { ask, NotTaken, Silent } from './wire.ts';

export interface HostEntry {
  /** The program that runs JavaScript, such as `process.execPath`. */
  readonly execPath: string;
  /** Our entry file: `execPath main host --repository <git common directory>` runs a host. */
  readonly main: string;
}

export interface EnsureOptions {
  readonly folders: HostFolders;
  readonly commonDir: string;
  readonly env: Env;
  readonly entry: HostEntry;
  readonly version: string;
  /** How long a host may take to come up; and to say hello. */
  readonly startMs?: number;
  readonly helloMs?: number;
}

/** One that ends is told at once; one that starts may be on a machine with much else to do. */
const defaultStartMs = 30_000;

/** A host of our version that answers: the one that runs, or a new one. Rejects with host-unreachable or host-version. */
export async function ensureHost(options: EnsureOptions, signal: AbortSignal): Promise<Hello> {
  const { folders } = options;
  const deadline = Date.now() + (options.startMs ?? defaultStartMs);
  for (;;) {
    // Each time: a host that ends removes it.
    await privateFolder(folders.runtime);
    const found = await greet(folders, options.helloMs ?? 5000, signal);
    if (found !== null && found.version === options.version) return found;
    if (found !== null) await replaceOther(options, found, signal);
    else await startOnce(options, deadline, signal);
    if (Date.now() > deadline) throw notStarted(options, null);
    await sleep(20, undefined, { signal });
  }
}

/** What the host says of itself; null where nobody listens. */
export async function greet(
  folders: HostFolders,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Hello | null> {
  try {
    const answer = hello.safeParse(await ask(folders.socket, '/hello', timeoutMs, signal));
    if (answer.success) return answer.data;
    throw await silent(folders, 'What listens there does not speak our protocol.');
  } catch (error) {
    if (error instanceof NotTaken) return null;
    if (error instanceof Silent)
      throw await silent(folders, `It accepts connections, but was silent: ${error.message}.`);
    throw error;
  }
}

async function silent(folders: HostFolders, why: string): Promise<SeatrialError> {
  const pid = await readCard(folders).then((known) => known?.pid ?? null);
  return new SeatrialError('host-unreachable', {
    what: `The host${pid === null ? '' : ` (process ${pid})`} does not answer on ${folders.socket}.`,
    why,
    next:
      pid === null
        ? `End the process that holds the socket (\`fuser ${folders.socket}\` names it), remove the file, and call again.`
        : `If process ${pid} is stopped, continue it (\`kill -CONT ${pid}\`); else end it (\`kill -9 ${pid}\`). Then call again: a new host starts by itself.`,
  });
}

export async function readCard(folders: HostFolders) {
  try {
    return card.parse(JSON.parse(await readFile(folders.card, 'utf8')));
  } catch {
    return null;
  }
}

/** Asks a host of another version to end, which it does where it serves nothing. */
async function replaceOther(options: EnsureOptions, found: Hello, signal: AbortSignal): Promise<void> {
  const answer = await ask(options.folders.socket, '/exit', options.helloMs ?? 5000, signal).catch(
    (error: unknown) => {
      if (error instanceof NotTaken) return { exits: true };
      throw error;
    },
  );
  if (typeof answer === 'object' && answer !== null && 'exits' in answer && answer.exits === true) return;
  const { sandboxes, runs } = found.serves;
  throw new SeatrialError('host-version', {
    what: `A host of version ${found.version} (process ${found.pid}) runs for this repository; this is version ${options.version}.`,
    why: `It still serves ${sandboxes} sandbox(es) and ${runs} run(s), which it would lose.`,
    next: `Tear those sandboxes down with version ${found.version} or wait for their leases to end, then call again; or end it now with \`kill ${found.pid}\`.`,
  });
}

/** Spawns a host, unless another client is at it. Returns when a host may be there. */
async function startOnce(options: EnsureOptions, deadline: number, signal: AbortSignal): Promise<void> {
  const turn = takeStartTurn(options.folders.startTurn);
  if (turn === null) return;
  try {
    // Whoever had the turn before us may have started one since we asked.
    if ((await greet(options.folders, options.helloMs ?? 5000, signal)) !== null) return;
    const child = spawnHost(options);
    let exit: string | null = null;
    child.once('error', (error) => {
      exit = error.message;
    });
    child.once('exit', (code, by) => {
      exit = by === null ? `it exited with code ${code}` : `it was ended by ${by}`;
    });
    while (Date.now() < deadline) {
      signal.throwIfAborted();
      if ((await greet(options.folders, options.helloMs ?? 5000, signal)) !== null) return;
      // Exit 0 is a host that found another one in its place.
      if (exit === 'it exited with code 0') return;
      if (exit !== null) throw notStarted(options, exit);
      await sleep(20, undefined, { signal });
    }
    throw notStarted(options, null);
  } finally {
    turn.end();
  }
}

function openLog({ log }: HostFolders): number {
  try {
    mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 5_000_000) renameSync(log, `${log}.1`);
    return openSync(log, 'a', 0o600);
  } catch (error) {
    throw unusable(dirname(log), error);
  }
}

function spawnHost({ folders, entry, commonDir, env }: EnsureOptions) {
  const log = openLog(folders);
  try {
    const child = spawn(
      entry.execPath,
      ['--disable-warning=ExperimentalWarning', entry.main, 'host', '--repository', commonDir],
      {
        // Detached: it leads a session of its own and outlives the terminal of whoever called first.
        detached: true,
        stdio: ['ignore', log, log],
        cwd: folders.runtime,
        env: { ...env },
      },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function notStarted(options: EnsureOptions, exit: string | null): SeatrialError {
  const tail = lastLines(options.folders.log, 5);
  return new SeatrialError('host-unreachable', {
    what: `The host did not start${exit === null ? ' in time' : `: ${exit}`}.`,
    ...(tail === '' ? {} : { why: `Its log ends with:\n${tail}` }),
    next: `Read ${options.folders.log}, run \`seatrial doctor\`, and call again.`,
  });
}

function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n').slice(-2000);
  } catch {
    return '';
  }
}

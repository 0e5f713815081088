import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { exists } from './signal.ts';

/**
 * What runs on this machine, from /proc where there is one (Linux), else from `ps`. A pid alone names nothing for long,
 * as numbers are used again: a process is known by its pid and its start.
 */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** Clock ticks since boot (proc(5), field 22), or the text of `ps -o lstart`. */
  readonly start: string;
}

const run = promisify(execFile);

/** The start of a live process; null where there is none, or only its zombie. */
export async function startOf(pid: number): Promise<string | null> {
  return (await entryOf(pid))?.start ?? null;
}

export async function isAlive(pid: number, start: string): Promise<boolean> {
  return (await startOf(pid)) === start;
}

/** The live processes (no zombies) of a group. */
export async function groupMembers(group: number): Promise<ProcessEntry[]> {
  if (!exists(-group)) return [];
  return (await allProcesses()).filter((entry) => entry.group === group);
}

/**
 * Live processes whose environment holds `text`, such as `SEATRIAL_MARK=…`: finds children that left their group with
 * setsid(2). Only Linux lets us read it, and only of our own user.
 */
export async function processesMarked(text: string): Promise<ProcessEntry[]> {
  const found: ProcessEntry[] = [];
  for (const pid of await numbersInProc()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.split('\0').some((line) => line.startsWith(text))) continue;
    const entry = await entryOf(pid);
    if (entry !== null) found.push(entry);
  }
  return found;
}

/** The value of a variable in a process's environment at its start; null where it cannot be read. */
export async function variableOf(pid: number, name: string): Promise<string | null> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  const line = environment.split('\0').find((each) => each.startsWith(`${name}=`));
  return line === undefined ? null : line.slice(name.length + 1);
}

/** The sockets (inode numbers) that a process holds. */
export async function socketsOf(pid: number): Promise<Set<string>> {
  const sockets = new Set<string>();
  for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined) sockets.add(inode);
  }
  return sockets;
}

export async function numbersInProc(): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function allProcesses(): Promise<ProcessEntry[]> {
  const pids = await numbersInProc();
  if (pids.length === 0) return await allFromPs();
  const entries = await Promise.all(pids.map(entryOf));
  return entries.filter((entry) => entry !== null);
}

async function entryOf(pid: number): Promise<ProcessEntry | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (stat !== null) return parseStat(pid, stat);
  if ((await numbersInProc()).length > 0) return null;
  return (await allFromPs()).find((entry) => entry.pid === pid) ?? null;
}

/** The command in field 2 may hold spaces and brackets, so the fields are counted from its last bracket. */
export function parseStat(pid: number, stat: string): ProcessEntry | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, group, threads, start] = [fields[0], Number(fields[2]), Number(fields[17]), fields[19]];
  // A leader that ended before its other threads holds all that they hold, its ports too.
  const ended = state === 'X' || (state === 'Z' && threads <= 1);
  if (start === undefined || ended) return null;
  return { pid, group, start };
}

async function allFromPs(): Promise<ProcessEntry[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,pgid=,stat=,lstart=']);
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null || match[3]?.startsWith('Z') === true) return [];
    return [{ pid: Number(match[1]), group: Number(match[2]), start: match[4] ?? '' }];
  });
}

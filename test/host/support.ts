import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call, Progress } from '../../src/host/api.ts';

export interface Scratch {
  readonly root: string;
  /** A repository with one commit. */
  readonly repo: string;
  readonly env: Record<string, string>;
  remove(): void;
}

/** A scratch folder with a repository and a SEATRIAL_HOME of its own. */
export function scratch(extra: Record<string, string> = {}): Scratch {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'st-')));
  const repo = join(root, 'repo');
  git(root, 'init', '-q', '-b', 'main', 'repo');
  git(repo, 'commit', '-q', '--allow-empty', '-m', 'first');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: join(root, 'home'),
    SEATRIAL_HOME: join(root, 'seatrial'),
    SEATRIAL_HOST_IDLE_SECONDS: '0.5',
    ...extra,
  };
  return { root, repo, env, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim();
}

/** Processes of this user whose command line or environment names the folder. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({
      pid: Number(name),
      command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }))
    .filter(({ pid, command }) => command !== '' && (command + read(`/proc/${pid}/environ`)).includes(folder))
    .filter(({ pid }) => !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)));
}

/** Waits for a condition; fails loudly with what was last seen. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = 20_000,
): Promise<NonNullable<T>> {
  const started = Date.now();
  for (;;) {
    const seen = await probe();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() - started > limitMs) throw new Error(`waited in vain for: ${what}`);
    await sleep(25);
  }
}

export function call(progress: Progress[] = [], signal = new AbortController().signal): Call {
  return { signal, progress: (each) => progress.push(each) };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../log.ts';
import { endLeftovers, type Ledger, ledgerFrom, ledgerLine } from './leftovers.ts';
import { isAlive, startOf } from './process-table.ts';

/**
 * Sees to it that no process and no folder outlives the host, however the host ends: a watchdog program holds a pipe from
 * it, and a ledger file names everything for the next host's sweep, should the watchdog have died as well.
 */
export interface ProcessGuard {
  /** Names this host's life; every process that it starts carries it in SEATRIAL_MARK. No `:` inside. */
  readonly mark: string;
  /** A process group was started; the group's id is its leader's pid. */
  started(group: number): void;
  /** All of the group is verified gone. */
  ended(group: number): void;
  /** A folder that must not outlive the host; absolute. */
  owns(folder: string): void;
  disowns(folder: string): void;
  /** Ends the watchdog. Everything must have ended before. */
  close(): Promise<void>;
}

export interface GuardOptions {
  /** The host's own pid. */
  readonly pid: number;
  /** The Node program. */
  readonly execPath: string;
  /** Private folder of the runtime; the ledger lies in it. */
  readonly runtime: string;
  readonly log: Log;
}

/** Sweeps what dead hosts left, then watches. */
export async function createGuard(options: GuardOptions): Promise<ProcessGuard> {
  const start = (await startOf(options.pid)) ?? '0';
  const mark = `${options.pid}.${start.replaceAll(/\W+/g, '-')}.${randomBytes(6).toString('hex')}`;
  const folder = join(options.runtime, 'ledgers');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await sweepLedgers(folder, options.log);
  const file = join(folder, `${mark}.jsonl`);
  const head = ledgerLine({ kind: 'host', pid: options.pid, start, mark });
  writeFileSync(file, head, { mode: 0o600 });
  return new Guard(options, mark, file, head);
}

class Guard implements ProcessGuard {
  readonly mark: string;
  readonly #options: GuardOptions;
  readonly #file: string;
  readonly #head: string;
  /** Groups by their leader's start; folders. What a new watchdog must be told. */
  readonly #open = new Map<string, string>();
  readonly #live = new Set<number>();
  #watchdog: ChildProcess | null = null;
  #closed = false;

  constructor(options: GuardOptions, mark: string, file: string, head: string) {
    this.#options = options;
    this.mark = mark;
    this.#file = file;
    this.#head = head;
    this.#spawn();
  }

  started(group: number): void {
    // The start time is read a moment later; until then the mark in the environment is what finds it.
    this.#live.add(group);
    void startOf(group).then((start) => {
      if (start !== null && this.#live.has(group))
        this.#tell(`group ${group}`, ledgerLine({ kind: 'started', group, start }));
    });
  }

  ended(group: number): void {
    this.#live.delete(group);
    this.#untell(`group ${group}`, ledgerLine({ kind: 'ended', group }));
  }

  owns(folder: string): void {
    this.#tell(`folder ${folder}`, ledgerLine({ kind: 'folder', folder }));
  }

  disowns(folder: string): void {
    this.#untell(`folder ${folder}`, ledgerLine({ kind: 'folder-gone', folder }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const watchdog = this.#watchdog;
    if (watchdog !== null && watchdog.exitCode === null && watchdog.signalCode === null) {
      const ended = new Promise<void>((resolve) => watchdog.once('exit', () => resolve()));
      // Nothing else may keep the event loop alive by now.
      watchdog.ref();
      watchdog.stdin?.end();
      await ended;
    }
    await rm(this.#file, { force: true });
  }

  #tell(key: string, line: string): void {
    this.#open.set(key, line);
    this.#write(line);
  }

  #untell(key: string, line: string): void {
    this.#open.delete(key);
    this.#write(line);
  }

  #write(line: string): void {
    this.#watchdog?.stdin?.write(line);
    try {
      appendFileSync(this.#file, line);
    } catch (error) {
      // The watchdog and the marks still hold; a full disk must not stop a service from being ended.
      this.#options.log.warn('ledger-not-written', { message: String(error) });
    }
  }

  #spawn(): void {
    const program = fileURLToPath(new URL(`./watchdog${extname(import.meta.filename)}`, import.meta.url));
    const watchdog = spawn(this.#options.execPath, ['--max-old-space-size=32', program], {
      // A session of its own: a Ctrl-C or hang-up that ends the host must not end it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      env: {},
    });
    watchdog.stdin.on('error', () => {});
    watchdog.on('error', (error) => this.#options.log.error('watchdog-failed', { message: error.message }));
    watchdog.once('exit', () => {
      if (this.#closed || this.#watchdog !== watchdog) return;
      this.#options.log.warn('watchdog-ended', {});
      setTimeout(() => !this.#closed && this.#spawn(), 500).unref();
    });
    watchdog.stdin.write(this.#head + [...this.#open.values()].join(''));
    // The host's event loop must be able to end.
    watchdog.unref();
    this.#watchdog = watchdog;
  }
}

/** Ends what the hosts of these ledgers left behind, as far as those hosts are dead. */
async function sweepLedgers(folder: string, log: Log): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.jsonl')) continue;
    const file = join(folder, name);
    const ledger: Ledger | null = ledgerFrom(await readFile(file, 'utf8').catch(() => ''));
    if (ledger !== null && (await isAlive(ledger.pid, ledger.start))) continue;
    if (ledger !== null) {
      const swept = await endLeftovers(ledger);
      if (swept.length > 0) log.warn('swept', { leftovers: swept });
    }
    await rm(file, { force: true });
  }
}

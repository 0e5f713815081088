import { rm } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { groupMembers, type ProcessEntry, processesMarked, startOf } from './process-table.ts';
import { signalOne } from './signal.ts';

/** What a host wrote about itself: one JSON object a line, to the watchdog's pipe and to the ledger file alike. */
type Entry =
  | { readonly kind: 'host'; readonly pid: number; readonly start: string; readonly mark: string }
  | { readonly kind: 'started'; readonly group: number; readonly start: string }
  | { readonly kind: 'ended'; readonly group: number }
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'folder-gone'; readonly folder: string };

export interface Ledger {
  readonly pid: number;
  readonly start: string;
  readonly mark: string;
  /** Start time by group. */
  readonly groups: ReadonlyMap<number, string>;
  readonly folders: ReadonlySet<string>;
}

/** Between SIGTERM and SIGKILL for what a dead host left: nobody waits for its answers any more. */
const graceMs = 1500;

export function ledgerLine(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Null without a host line. A last line that was cut off, or garbage, is skipped. */
export function ledgerFrom(text: string): Ledger | null {
  let host: Extract<Entry, { kind: 'host' }> | null = null;
  const groups = new Map<number, string>();
  const folders = new Set<string>();
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry === null) continue;
    if (entry.kind === 'host') host ??= entry;
    else if (entry.kind === 'started') groups.set(entry.group, entry.start);
    else if (entry.kind === 'ended') groups.delete(entry.group);
    else if (entry.kind === 'folder') folders.add(entry.folder);
    else folders.delete(entry.folder);
  }
  return host === null ? null : { pid: host.pid, start: host.start, mark: host.mark, groups, folders };
}

/** As short as it can be said. */
export function ledgerText({ pid, start, mark, groups, folders }: Ledger): string {
  return [
    ledgerLine({ kind: 'host', pid, start, mark }),
    ...[...groups].map(([group, started]) => ledgerLine({ kind: 'started', group, start: started })),
    ...[...folders].map((folder) => ledgerLine({ kind: 'folder', folder })),
  ].join('');
}

/** Ends the processes, then removes the folders. Says what there was. Never signals a process that it cannot tie to the host. */
export async function endLeftovers(ledger: Ledger): Promise<string[]> {
  const swept: string[] = [];
  const deadline = performance.now() + graceMs;
  const told = new Map<number, 'SIGTERM' | 'SIGKILL'>();
  for (let round = 0; round < 200; round += 1) {
    const left = await leftOf(ledger);
    if (left.length === 0) break;
    const signal = performance.now() < deadline ? 'SIGTERM' : 'SIGKILL';
    for (const each of left) {
      if (!told.has(each.pid)) swept.push(`process ${each.pid}`);
      if (told.get(each.pid) !== signal) signalOne(each.pid, signal);
      told.set(each.pid, signal);
    }
    await delay(round < 10 ? 10 : 50);
  }
  for (const folder of ledger.folders) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).then(
      () => swept.push(`folder ${folder}`),
      () => {},
    );
  }
  return swept;
}

async function leftOf(ledger: Ledger): Promise<ProcessEntry[]> {
  const found = await processesMarked(`SEATRIAL_MARK=${ledger.mark}:`);
  for (const [group, start] of ledger.groups) {
    const leader = await startOf(group);
    // Another start: the number was used again. A group whose leader is gone is found by its mark alone.
    if (leader === start) found.push(...(await groupMembers(group)));
  }
  return [...new Map(found.map((each) => [each.pid, each])).values()];
}

/** By hand, as the watchdog is to be small: a schema library would double its memory. */
function parseLine(line: string): Entry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { kind, pid, start, mark, group, folder } = value as Record<string, unknown>;
  if (
    kind === 'host' &&
    // In a container the host may be process 1.
    (isId(pid) || pid === 1) &&
    typeof start === 'string' &&
    typeof mark === 'string' &&
    mark.length >= 8
  ) {
    return { kind, pid, start, mark };
  }
  if (kind === 'started' && isId(group) && typeof start === 'string') return { kind, group, start };
  if (kind === 'ended' && isId(group)) return { kind, group };
  if (typeof folder === 'string' && isAbsolute(folder)) {
    if (kind === 'folder' || kind === 'folder-gone') return { kind, folder };
  }
  return null;
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 1;
}

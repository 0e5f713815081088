import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Log } from '../log.ts';

/**
 * What outlives a host that is killed: which sandboxes there were, so that the next host refuses their keys and can
 * say what became of them. Written before a sandbox is handed out and after each change.
 */
const entry = z.object({
  name: z.string(),
  owner: z.object({ principal: z.string(), repository: z.string(), workingTree: z.string() }),
  key: z.string(),
  services: z.array(z.string()),
  state: z.enum(['live', 'gone']),
  /** Why it is gone. */
  reason: z.object({ code: z.string(), message: z.string(), next: z.string() }).nullable(),
  at: z.string(),
});
export type JournalEntry = z.infer<typeof entry>;

const file = z.object({ format: z.literal(1), entries: z.array(entry) });

const keptMs = 24 * 3600 * 1000;
/** Of those gone: one that is live must outlast any number of them, or its key would be taken for an unknown one. */
const keptEntries = 500;

const hostDied = {
  code: 'host-died',
  message: 'Its host died (it was killed, or the machine restarted), and all of its processes ended with it.',
  next: 'Call provision_sandbox again: it makes a new sandbox with a new key.',
} as const;

export interface Journal {
  entries(): readonly JournalEntry[];
  /** A later entry of a key takes the place of the one before. */
  put(change: JournalEntry): Promise<void>;
}

/** Opens the journal of the host before: what it left as live is gone now, since its processes died with it. */
export async function openJournal(path: string, log: Log): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const left = await read(path, log);
  const now = new Date().toISOString();
  let entries: JournalEntry[] = left.map((each) =>
    each.state === 'live' ? { ...each, state: 'gone', reason: hostDied, at: now } : each,
  );
  let writing = Promise.resolve();
  const save = () => {
    entries = trim(entries);
    const text = JSON.stringify({ format: 1, entries } satisfies z.infer<typeof file>);
    const write = async () => {
      const temporary = `${path}.new`;
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, path);
    };
    // One after the other; a failed write does not keep later ones from being tried.
    writing = writing.then(write, write);
    return writing;
  };
  if (left.length > 0) await save();
  return {
    entries: () => entries,
    put(change) {
      entries = [...entries.filter((each) => each.key !== change.key), change];
      return save();
    },
  };
}

function trim(entries: readonly JournalEntry[]): JournalEntry[] {
  const oldest = Date.now() - keptMs;
  const gone = entries.filter((each) => each.state === 'gone' && Date.parse(each.at) > oldest);
  const kept = new Set(gone.slice(-keptEntries));
  return entries.filter((each) => each.state === 'live' || kept.has(each));
}

async function read(path: string, log: Log): Promise<readonly JournalEntry[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  try {
    return file.parse(JSON.parse(text)).entries;
  } catch (error) {
    log.warn('journal-broken', { error: String(error).slice(0, 500), movedTo: `${path}.broken` });
    await rename(path, `${path}.broken`);
    return [];
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyPaths } from './file-tree.ts';

const maxEntries = 12;
/** An entry that is half made for longer than this belongs to nobody. */
const staleMs = 3600_000;

/**
 * What `setup` commands made, by key. Several hosts may use it at once: an entry appears by one rename and goes by one,
 * and nobody runs anything inside of it.
 */
export class SetupCache {
  readonly #folder: string;

  constructor(cache: string) {
    this.#folder = join(cache, 'setups');
  }

  /** Copies an entry into the snapshot; false where there is none, or where it went while it was copied. */
  async restore(key: string, snapshot: string): Promise<boolean> {
    const entry = join(this.#folder, key);
    const paths = await pathsOf(entry);
    if (paths === null) return false;
    try {
      await copyPaths(join(entry, 'files'), snapshot, paths);
      const now = new Date();
      // Fails where another host removed it meanwhile: what was copied may lack files.
      await utimes(join(entry, 'paths.json'), now, now);
      return true;
    } catch {
      for (const path of paths) await rm(join(snapshot, path), { recursive: true, force: true });
      return false;
    }
  }

  /** Keeps these paths of a snapshot. A failure leaves nothing and is the caller's to log. */
  async keep(key: string, snapshot: string, paths: readonly string[]): Promise<void> {
    const temporary = join(this.#folder, `.new-${randomBytes(6).toString('hex')}`);
    try {
      await mkdir(join(temporary, 'files'), { recursive: true, mode: 0o700 });
      await copyPaths(snapshot, join(temporary, 'files'), paths);
      await writeFile(join(temporary, 'paths.json'), JSON.stringify(paths));
      await rename(temporary, join(this.#folder, key));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      // Another one was quicker.
      if ((await pathsOf(join(this.#folder, key))) === null) throw error;
    }
    await this.sweep();
  }

  /** Removes half-made entries of the dead, and the least recently used beyond the bound. */
  async sweep(): Promise<void> {
    const entries: { name: string; usedMs: number }[] = [];
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const file = name.startsWith('.') ? name : join(name, 'paths.json');
      const usedMs = await stat(join(this.#folder, file)).then(
        (each) => each.mtimeMs,
        () => 0,
      );
      if (!name.startsWith('.')) entries.push({ name, usedMs });
      else if (usedMs < Date.now() - staleMs) await this.#remove(name);
    }
    const old = entries.toSorted((a, b) => b.usedMs - a.usedMs).slice(maxEntries);
    for (const { name } of old) await this.#remove(name);
  }

  async #remove(name: string): Promise<void> {
    const trash = join(this.#folder, `.old-${randomBytes(6).toString('hex')}`);
    await rename(join(this.#folder, name), trash).catch(() => {});
    await rm(trash, { recursive: true, force: true }).catch(() => {});
  }
}

async function pathsOf(entry: string): Promise<string[] | null> {
  const text = await readFile(join(entry, 'paths.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  const paths: unknown = JSON.parse(text);
  return Array.isArray(paths) && paths.every((path) => typeof path === 'string') ? paths : null;
}

import { statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';

/**
 * A mutex between processes that dies with its process: SQLite holds a lock of the kernel on the file, so there is
 * never a stale one to judge by pid or age.
 */
export interface Lock {
  release(): Promise<void>;
}

/** What is held here: the garbage collector closes a database that nobody refers to, and that would let go of it. */
const held = new Set<DatabaseSync>();

/** Takes the lock, or null where another process has it (or its folder is just being removed). Never waits. */
export function takeLock(file: string): Lock | null {
  for (;;) {
    const before = create(file);
    if (before === null) return null;
    const database = tryExclusive(file);
    if (database === null) return null;
    // The holder before us may have removed the file after we opened it: then ours is a lock on nothing.
    if (before === inode(file)) return lockOf(database, file, before);
    database.close();
  }
}

function lockOf(database: DatabaseSync, file: string, ours: string): Lock {
  held.add(database);
  return {
    async release() {
      if (!held.delete(database)) return;
      // Removed while held, so that nobody else can be holding it.
      if (inode(file) === ours) await rm(file, { force: true });
      database.close();
    },
  };
}

function tryExclusive(file: string): DatabaseSync | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 261))
      return null;
    throw error;
  }
}

function create(file: string): string | null {
  try {
    // Only where it is missing: closing a file drops all locks of this process on it (POSIX), another call's included.
    if (inode(file) === null) writeFileSync(file, '', { flag: 'a', mode: 0o600 });
    return inode(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function inode(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

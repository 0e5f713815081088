import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Every path of a folder (from it, `/` between) with what changes when it is written; symbolic links are not followed. */
export async function listTree(folder: string, below = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await walk(folder, below, (path, signature) => {
    found.set(path, signature);
    return true;
  });
  return found;
}

export interface TreeChange {
  /** New or written paths; of a new folder the folder alone. */
  readonly written: readonly string[];
  readonly removed: boolean;
}

/** What became of a folder since `before` was listed. */
export async function treeChange(folder: string, before: ReadonlyMap<string, string>): Promise<TreeChange> {
  const written: string[] = [];
  let seen = 0;
  await walk(folder, '', (path, signature) => {
    const known = before.get(path);
    if (known !== undefined) seen += 1;
    if (known !== signature) written.push(path);
    return known === signature;
  });
  return { written, removed: seen < before.size && written.every((path) => before.get(path) === undefined) };
}

/**
 * Copies paths of one folder to another, links and times kept, by reference where the file system can (so a copy of
 * node_modules costs little). `cp` because copying file by file from here takes several times as long.
 */
export async function copyPaths(from: string, to: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const parent = join(to, path, '..');
    await mkdir(parent, { recursive: true });
    const operands = ['--', join(from, path), parent];
    await run('cp', ['-a', '--reflink=auto', ...operands]).catch(async (error: unknown) => {
      // Only GNU's cp knows the flag.
      if (!/unrecognized|illegal|invalid option/i.test(String(error))) throw error;
      await run('cp', ['-a', ...operands]);
    });
  }
}

/** Whether a text file or a symbolic link below these paths names `text`. `except`: file names to leave out. */
export async function mentions(
  folder: string,
  paths: readonly string[],
  text: string,
  except: readonly string[],
): Promise<boolean> {
  if (paths.length === 0) return false;
  for (const path of paths) {
    const links: string[] = [];
    await walk(folder, path, (each, signature) => {
      if (signature.startsWith('link')) links.push(each);
      return true;
    });
    for (const link of [path, ...links]) {
      const target = await readlink(join(folder, link)).catch(() => '');
      if (target.includes(text)) return true;
    }
  }
  const exclude = except.map((name) => `--exclude=${name}`);
  const files = paths.map((path) => join(folder, path));
  return await run('grep', ['-rqIF', ...exclude, '-e', text, '--', ...files]).then(
    () => true,
    (error: unknown) => {
      // 1: not found. Anything else is doubt, and doubt is a yes.
      return !(error instanceof Error && 'code' in error && error.code === 1);
    },
  );
}

async function walk(
  folder: string,
  below: string,
  visit: (path: string, signature: string) => boolean,
): Promise<void> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (visit(path, 'folder')) await walk(folder, path, visit);
      continue;
    }
    const stat = await lstat(join(folder, path), { bigint: true }).catch(() => null);
    if (stat === null) continue;
    const kind = entry.isSymbolicLink() ? 'link' : 'file';
    visit(path, `${kind} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.mode}`);
  }
}

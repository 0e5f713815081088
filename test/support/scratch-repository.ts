import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder that is removed with the test, and a git repository in it that no configuration of the machine reaches. */
export interface Scratch {
  readonly folder: string;
  readonly root: string;
  readonly env: Record<string, string>;
  git(...args: string[]): string;
  write(path: string, text: string): void;
  [Symbol.dispose](): void;
}

export function scratchRepository(files: Readonly<Record<string, string>> = { 'a.txt': 'one\n' }): Scratch {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-test-')));
  const root = join(folder, 'work');
  mkdirSync(root);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const scratch: Scratch = {
    folder,
    root,
    env,
    git(...args) {
      const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid'];
      const all = [...identity, '-c', 'commit.gpgsign=false', ...args];
      return execFileSync('git', all, { cwd: root, env, encoding: 'utf8', stdio: 'pipe' }).trim();
    },
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  scratch.git('init', '--quiet', '--initial-branch=main');
  for (const [path, text] of Object.entries(files)) scratch.write(path, text);
  if (Object.keys(files).length > 0) {
    scratch.git('add', '--all');
    scratch.git('commit', '--quiet', '--message=first');
  }
  return scratch;
}

/**
 * Path, mode, content and time of change of all that lies in a folder. Left out are the times of objects and of a split
 * index's shared file: git sets them whenever it meets the file, so that it is not pruned while in use.
 */
export function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const full = join(folder, path);
    const info = lstatSync(full);
    const time = /^(objects\/|sharedindex\.)/.test(path) ? 0 : info.mtimeMs;
    hash.update(`${path}\0${info.mode}\0${time}\0`);
    if (info.isFile()) hash.update(readFileSync(full));
    if (info.isSymbolicLink()) hash.update(readlinkSync(full));
  }
  return hash.digest('hex');
}

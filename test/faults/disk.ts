import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A disk that can be filled up and emptied again: whatever is written to it meanwhile really meets ENOSPC. */
export interface FullDisk {
  /** What goes before the PATH of those who are to meet it; empty where the whole folder is a disk of its own. */
  readonly path: string;
  fill(): void;
  empty(): void;
  remove(): void;
}

const ballast = 'ballast-';

/** A tmpfs of some megabytes at the folder; null where mounting is not allowed (it takes CAP_SYS_ADMIN). */
export function mountDisk(folder: string, megabytes: number): FullDisk | null {
  mkdirSync(folder, { recursive: true });
  const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'seatrial-test', folder];
  try {
    execFileSync('mount', options, { stdio: 'pipe' });
  } catch {
    return null;
  }
  return {
    path: '',
    fill() {
      for (let part = 0; ; part += 1) {
        const { bavail, bsize } = statfsSync(folder);
        if (bavail === 0) return;
        writeFileSync(join(folder, `${ballast}${part}`), Buffer.alloc(Math.min(bavail * bsize, 1 << 20)));
      }
    },
    empty() {
      for (const name of readdirSync(folder)) if (name.startsWith(ballast)) unlinkSync(join(folder, name));
    },
    remove() {
      execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
    },
  };
}

/**
 * For those who may not mount: a `git` before the real one whose export of a tree writes to /dev/full while the disk is
 * "full". `folder` is made; nothing of it has to be removed.
 */
export function gitOnFullDisk(folder: string): FullDisk {
  mkdirSync(folder, { recursive: true });
  const flag = join(folder, 'full');
  const script = `#!/bin/sh
for word in "$@"; do
  if [ "$word" = checkout-index ] && [ -e '${flag}' ]; then cat /proc/self/status > /dev/full || exit 128; fi
done
PATH='${process.env.PATH ?? ''}' exec git "$@"
`;
  writeFileSync(join(folder, 'git'), script, { mode: 0o755 });
  return {
    path: `${folder}:`,
    fill: () => writeFileSync(flag, ''),
    empty: () => unlinkSync(flag),
    remove: () => {},
  };
}

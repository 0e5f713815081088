import { readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { isInside } from './links.ts';

/**
 * A snapshot whose files or commands lead back into the working tree runs, on every side, what lies there now: the
 * baseline would show the change, and equal answers would pass. Rejects with `out-of-root` or `invalid-config`. Called
 * before our own links are made.
 */
export async function refuseWayBack(
  snapshot: string,
  workingTree: string,
  services: readonly ServiceConfig[],
): Promise<void> {
  const root = await realpath(workingTree).catch(() => null);
  if (root === null) return;
  for (const service of services) refuseCommand(service, root);
  const inside = await realpath(snapshot);
  for (const entry of await readdir(inside, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const real = await realpath(path).catch(() => null);
    if (real === null || isInside(inside, real) || !isInside(root, real)) continue;
    throw new SeatrialError('out-of-root', {
      what: `The symbolic link ${JSON.stringify(relative(inside, path))} leads into the working tree by an absolute path.`,
      why: 'A snapshot has to hold its own files; through this link all sides would run the same ones.',
      next: 'Make it a relative link inside the repository, or take it out.',
    });
  }
}

function refuseCommand({ name, command, setup }: ServiceConfig, root: string): void {
  const names = (text: string | null): boolean => {
    const at = text?.indexOf(root) ?? -1;
    return text !== null && at !== -1 && /^($|[/\s"';&|)])/.test(text.slice(at + root.length));
  };
  if (!names(command) && !names(setup)) return;
  throw new SeatrialError('invalid-config', {
    what: `The command of service ${name} names the working tree by its absolute path.`,
    why: 'Commands run in a snapshot of their revision; by this path all sides would run the same files.',
    next: `Write paths from the root in \`services.${name}\` of seatrial.yaml.`,
  });
}

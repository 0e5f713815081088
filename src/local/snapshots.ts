import { randomBytes } from 'node:crypto';
import { mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { gitEnvironment } from '../git/environment.ts';
import type { Repository } from '../git/repository.ts';
import { runGit } from '../git/run.ts';
import type { Log } from '../log.ts';
import { diskError } from './disk.ts';
import type { ProcessGuard } from './guard.ts';
import { isInside, linkInput } from './links.ts';
import { isAlive } from './process-table.ts';
import { installsModules, runSetup, type SetupStep } from './setup.ts';
import { SetupCache } from './setup-cache.ts';
import { refuseWayBack } from './way-back.ts';

export interface SnapshotRequest {
  readonly tree: string;
  readonly services: readonly ServiceConfig[];
  /** The working tree whose ignored files `link` shares. */
  readonly workingTree: string;
  readonly onPhase: (phase: 'snapshot' | 'setup', milliseconds: number) => void;
}

export interface Snapshot {
  readonly folder: string;
  /** What the folder was written from, as the export says: never taken over from the request. */
  readonly tree: string;
  /** Lines for the services' logs, such as a link that led to nothing. */
  readonly warnings: readonly string[];
  /** Removes it; null, or why it is still there. */
  remove(): Promise<string | null>;
}

export interface SnapshotsOptions {
  readonly repository: Pick<Repository, 'export'>;
  readonly cache: string;
  readonly guard: ProcessGuard;
  readonly env: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly runtime: string;
}

/**
 * Snapshots are exports of a tree, one for each side and start: the baseline's, and a new one for the forks that one
 * `provision` or `update` starts. A service may write into its own folder, so a shared or kept export would show one
 * side's writes to another, or an earlier run's to a later one; and an export from git's objects costs about what a copy
 * of a kept one would. What is slow, the result of `setup`, is kept (see SetupCache) and copied in.
 *
 * They lie in a folder of this engine, named by the host's mark: no two engines meet in it, and whose host is dead is
 * swept, half-made ones included.
 */
export class Snapshots {
  readonly folder: string;
  readonly #options: SnapshotsOptions;
  readonly #setups: SetupCache;
  #count = 0;

  private constructor(options: SnapshotsOptions, folder: string) {
    this.#options = options;
    this.folder = folder;
    this.#setups = new SetupCache(options.cache);
  }

  static async open(options: SnapshotsOptions): Promise<Snapshots> {
    const work = join(options.cache, 'work');
    const folder = join(work, `${options.guard.mark}.${randomBytes(3).toString('hex')}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw diskError(error, work);
    }
    options.guard.owns(folder);
    await sweepWork(work);
    return new Snapshots(options, await realpath(folder));
  }

  /** A folder of the engine, made if need be. */
  async subfolder(name: string): Promise<string> {
    const folder = join(this.folder, name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** Rejects with `disk-full`, `setup-failed`, `out-of-root`, `invalid-config` or what git says, and leaves nothing. */
  async take(request: SnapshotRequest, signal: AbortSignal): Promise<Snapshot> {
    this.#count += 1;
    const folder = join(this.folder, `tree-${this.#count}`);
    try {
      const begun = performance.now();
      const tree = await this.#options.repository.export(request.tree, folder, signal);
      await refuseWayBack(folder, request.workingTree, request.services);
      const warnings = await this.#prepare(folder, request, begun, signal);
      return { folder, tree, warnings, remove: () => removeFolder(folder) };
    } catch (error) {
      await removeFolder(folder);
      throw diskError(error, this.folder);
    }
  }

  /** Null, or why it is still there. */
  async close(): Promise<string | null> {
    const left = await removeFolder(this.folder);
    if (left === null) this.#options.guard.disowns(this.folder);
    return left;
  }

  async #prepare(
    folder: string,
    request: SnapshotRequest,
    begun: number,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const steps = setupSteps(request.services);
    const links = [...new Set(request.services.flatMap((service) => service.link))];
    const late = steps.some(({ command }) => installsModules(command))
      ? links.filter((path) => /(^|[\\/])node_modules[\\/]*$/.test(path))
      : [];
    const source = {
      root: request.workingTree,
      ignores: (path: string) => ignores(request.workingTree, path, this.#options.env, signal),
    };
    const linkAll = async (paths: readonly string[]) => {
      const warnings: string[] = [];
      for (const path of paths) warnings.push((await linkInput(path, source, folder)) ?? '');
      return warnings.filter((line) => line !== '');
    };
    for (const service of request.services) await checkCwd(service, folder);
    const early = links.filter((path) => !late.includes(path));
    const warnings = await linkAll(early);
    request.onPhase('snapshot', performance.now() - begun);
    const setupBegun = performance.now();
    const { cache: _, ...options } = this.#options;
    for (const [index, step] of steps.entries()) {
      const linked = links.length > 0;
      const before = steps.slice(0, index);
      const setup = { ...options, snapshot: folder, tree: request.tree, before, linked, cache: this.#setups };
      await runSetup(step, setup, signal);
    }
    if (steps.length > 0) request.onPhase('setup', performance.now() - setupBegun);
    // `npm ci` empties node_modules, the user's own if a link leads there: it gets its own, and the link is not needed.
    return [...warnings, ...(await linkAll(late))];
  }
}

/** One after the other, each once: services of one repository often share folder and command. */
function setupSteps(services: readonly ServiceConfig[]): SetupStep[] {
  const steps = new Map<string, SetupStep>();
  for (const { name, setup, cwd } of services) {
    if (setup !== null) steps.set(JSON.stringify([cwd, setup]), { service: name, command: setup, cwd });
  }
  return [...steps.values()];
}

async function checkCwd(service: ServiceConfig, folder: string): Promise<void> {
  const real = await realpath(join(folder, service.cwd)).catch(() => null);
  if (real !== null && !isInside(folder, real)) {
    throw new SeatrialError('out-of-root', {
      what: `The folder ${service.cwd} of service ${service.name} leads out of the repository.`,
      next: `Set \`services.${service.name}.cwd\` in seatrial.yaml to a folder of the repository.`,
    });
  }
  if (real === null || !(await stat(real)).isDirectory()) {
    throw new SeatrialError('invalid-config', {
      what: `The revision has no folder ${service.cwd}, in which service ${service.name} is to run.`,
      next: `Correct \`services.${service.name}.cwd\` in seatrial.yaml, or add the folder.`,
    });
  }
}

/** In the working tree that is meant: `repository` may be of another one of the same repository. */
async function ignores(
  root: string,
  path: string,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<boolean> {
  const call = { cwd: root, env: gitEnvironment(env), signal, input: `${path}\0`, allow: [1] };
  return (await runGit(['check-ignore', '-z', '--stdin'], call)).code === 0;
}

async function removeFolder(folder: string): Promise<string | null> {
  return await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

/** Folders of hosts that are dead; their watchdogs removed most. */
async function sweepWork(work: string): Promise<void> {
  for (const name of await readdir(work).catch(() => [])) {
    const [pid, start] = name.split('.');
    if (pid === undefined || start === undefined || !/^\d+$/.test(pid)) continue;
    if (!(await isAlive(Number(pid), start))) await removeFolder(join(work, name));
  }
}

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SeatrialError } from '../errors.ts';
import type { Log } from '../log.ts';
import { diskError, saysDiskFull } from './disk.ts';
import { listTree, mentions, treeChange } from './file-tree.ts';
import type { ProcessGuard } from './guard.ts';
import { LogRing } from './log-ring.ts';
import { ProcessGroup } from './process-group.ts';
import { isInstallInput, isPureInstall, type ManifestFile } from './pure-install.ts';
import { lastLines } from './ready.ts';
import type { SetupCache } from './setup-cache.ts';

export interface SetupStep {
  readonly service: string;
  readonly command: string;
  /** From the snapshot's root. */
  readonly cwd: string;
}

export interface SetupOptions {
  readonly snapshot: string;
  readonly tree: string;
  /** Steps that ran in this snapshot before: what they made is an input of this one. */
  readonly before: readonly SetupStep[];
  /** True where ignored files of the working tree are linked in, which no tree id names. */
  readonly linked: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly cache: SetupCache;
  readonly guard: ProcessGuard;
  readonly log: Log;
  /** What names the runtime that native modules are built for, such as `linux-x64-137`. */
  readonly runtime: string;
}

const limitMinutes = 15;
/** node-gyp writes the folder's path into these; nothing reads them when the module is loaded. */
const gypFiles = ['Makefile', 'config.gypi', '*.mk', '*.d', '*.Makefile', 'binding.Makefile'];

/** Whether the command may replace a whole node_modules: then none of the user's may be linked before it ran. */
export function installsModules(command: string): boolean {
  return /\b(npm|pnpm|yarn|bun)\b/.test(command);
}

/**
 * Makes in the snapshot what the step makes, from the cache or by running it. The cache's key is the lockfiles where the
 * command is a known pure install, else the whole tree. Rejects with `setup-failed` or `disk-full`.
 */
export async function runSetup(step: SetupStep, options: SetupOptions, signal: AbortSignal): Promise<void> {
  const { snapshot, cache } = options;
  const listed = await listTree(snapshot);
  const key = await cacheKey(step, options, [...listed.keys()]);
  if (key !== null && (await cache.restore(key.text, snapshot))) return;
  await runStep(step, options, signal);
  if (key === null) return;
  const change = await treeChange(snapshot, listed);
  if (change.removed || change.written.length === 0) return;
  // A virtual environment or the like that names its folder would lead from one snapshot into another.
  if (await mentions(snapshot, change.written, snapshot, key.pure ? gypFiles : [])) return;
  await cache
    .keep(key.text, snapshot, change.written)
    .catch((error: unknown) => options.log.warn('setup-not-kept', { message: String(error) }));
}

async function cacheKey(
  step: SetupStep,
  options: SetupOptions,
  paths: readonly string[],
): Promise<{ readonly text: string; readonly pure: boolean } | null> {
  const inputs: ManifestFile[] = [];
  for (const path of paths.filter((each) => isInstallInput(each) && !each.includes('node_modules/'))) {
    inputs.push({ path, text: await readFile(join(options.snapshot, path), 'utf8').catch(() => '') });
  }
  const pure = options.before.length === 0 && isPureInstall(step.command, inputs);
  if (!pure && options.linked) return null;
  const npm = Object.entries(options.env).filter(([name]) => /^(npm_config_|NODE_ENV$|YARN_)/i.test(name));
  const parts = [
    2,
    step.command,
    step.cwd,
    options.runtime,
    npm.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    options.before.map(({ command, cwd }) => [command, cwd]),
    pure
      ? inputs.toSorted((a, b) => (a.path < b.path ? -1 : 1)).map(({ path, text }) => [path, text])
      : options.tree,
  ];
  return { text: createHash('sha256').update(JSON.stringify(parts)).digest('hex'), pure };
}

async function runStep(step: SetupStep, options: SetupOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const log = new LogRing(null);
  const group = new ProcessGroup({
    command: step.command,
    cwd: join(options.snapshot, step.cwd),
    env: options.env,
    stopSeconds: 2,
    log,
    guard: options.guard,
  });
  const over = AbortSignal.any([signal, group.alive]);
  const inTime = await delay(limitMinutes * 60_000, false, { signal: over }).catch(() => true);
  const stopped = group.exit === null;
  await group.stop();
  signal.throwIfAborted();
  if (!stopped && group.exit?.exitCode === 0) return;
  const lines = log.tail(50);
  if (lines.some(saysDiskFull)) throw diskError(new Error('ENOSPC'), options.snapshot);
  const how = inTime
    ? group.spawnError !== null
      ? `could not be started: ${group.spawnError}`
      : `ended with ${group.exit?.signal ?? `exit code ${group.exit?.exitCode ?? 'unknown'}`}`
    : `did not end within ${limitMinutes} minutes`;
  throw new SeatrialError('setup-failed', {
    what: `The setup of service ${step.service} (\`${step.command}\`) ${how}.`,
    why: lastLines(log),
    next: `Run it by hand in a clean clone, correct \`services.${step.service}.setup\` in seatrial.yaml or the code, and provision again.`,
  });
}

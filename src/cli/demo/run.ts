import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Surroundings } from '../../tool/surroundings.ts';
import type { Terminal } from '../terminal.ts';
import type { ClusterStage } from './cluster/stage.ts';
import { loadFaults, pickFault } from './fault.ts';
import { findLeftovers } from './leftovers.ts';
import { type DemoOptions, demoHelp, parseDemoOptions } from './options.ts';
import { localStage, type Played, play } from './play.ts';
import { makeScratch, type Scratch } from './scratch.ts';
import { type Story, tellStory } from './story.ts';

const exec = promisify(execFile);

/** Longest wait for the host's end, in seconds: it goes by itself soon after the last lease. */
const hostEnds = 10;

/** Resolves with true where the story came true to its end. Nothing of it is left, whatever happens. */
export async function runDemo(
  args: readonly string[],
  surroundings: Surroundings,
  terminal: Terminal,
): Promise<boolean> {
  const options = parseDemoOptions(args);
  if (options.help) {
    terminal.print(demoHelp);
    return true;
  }
  const packageRoot = rootOf(surroundings.entry.main);
  const faults = await loadFaults(packageRoot, options.engine);
  if (options.listFaults) {
    for (const { name, title } of faults) terminal.print(`${name.padEnd(24)} ${title}`);
    return true;
  }
  const fault = pickFault(faults, options.fault, Math.random);
  const startedAt = Date.now();
  const story = tellStory((line) => terminal.print(line), surroundings.interactive);
  const { signal } = terminal;
  const cluster =
    options.engine === 'local' ? null : await openStage(options, packageRoot, surroundings, story, signal);
  const scratch = await makeScratch(packageRoot, surroundings.env, {
    variant: options.engine,
    prepare: async (folder) => cluster?.prepare(folder),
  });
  const env = demoEnv(surroundings, scratch);
  story.title(`Seatrial: an agent proves its own change   (fault drawn: ${fault.name})`);
  let played: Played | null = null;
  try {
    const stage = (await cluster?.open(scratch)) ?? localStage;
    played = await play({ fault, scratch, story, surroundings, env, signal, stage });
    const inCluster = cluster === null || (await nothingInCluster(cluster, story));
    const here = await nothingLeft(scratch, played.ports, surroundings.pid, story);
    const clean = inCluster && here;
    const came = played.true && clean;
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    story.line('');
    story.line(
      came
        ? `Done in ${seconds} s, with no person in the path.`
        : `The story did not come true (${seconds} s).`,
    );
    return came;
  } catch (error) {
    // What fails then is that the agent was stopped in the middle of a call.
    terminal.signal.throwIfAborted();
    throw error;
  } finally {
    if (played === null) await endEarly(scratch, surroundings, env);
    await cluster?.close();
    await scratch.remove();
  }
}

/** Loaded where it is asked for: the local demo needs no client of Kubernetes. */
async function openStage(
  { loadCommand, registry }: DemoOptions,
  packageRoot: string,
  surroundings: Surroundings,
  story: Story,
  signal: AbortSignal,
): Promise<ClusterStage> {
  const { clusterStage } = await import('./cluster/stage.ts');
  return clusterStage({ packageRoot, surroundings, story, loadCommand, registry, signal });
}

async function nothingInCluster(cluster: ClusterStage, story: Story): Promise<boolean> {
  story.scene('What is left in the cluster?');
  const left = await cluster.close();
  for (const line of left) story.bad(line);
  if (left.length === 0) story.good('0 objects: no namespace, no right, no Service that was changed');
  return left.length === 0;
}

async function nothingLeft(
  scratch: Scratch,
  ports: readonly number[],
  own: number,
  story: Story,
): Promise<boolean> {
  story.scene('What is left on this machine?');
  const left = await findLeftovers(scratch.folder, ports, own, hostEnds);
  await scratch.remove();
  const folders = existsSync(scratch.folder) ? [scratch.folder] : [];
  for (const line of left.processes) story.bad(`process ${line}`);
  for (const port of left.ports) story.bad(`port ${port}`);
  for (const folder of folders) story.bad(`folder ${folder}`);
  const count = left.processes.length + left.ports.length + folders.length;
  if (count === 0) story.good(`0 processes, 0 of ${ports.length} ports, 0 folders`);
  return count === 0;
}

/** Stopped or failed on the way: the sandbox goes before the folder that it runs from. */
async function endEarly(
  scratch: Scratch,
  { entry, pid }: Surroundings,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await exec(entry.execPath, [entry.main, 'teardown', '--all'], {
    cwd: scratch.shop,
    env,
    timeout: 20_000,
  }).catch(() => null);
  await findLeftovers(scratch.folder, [], pid, hostEnds);
}

/** The user's own settings of Seatrial have no part in the story. */
function demoEnv({ env }: Surroundings, scratch: Scratch): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !/^(SEATRIAL|GIT)_/.test(name));
  return { ...Object.fromEntries(others), SEATRIAL_HOME: scratch.home, SEATRIAL_HOST_IDLE_SECONDS: '0.2' };
}

/** The package that holds `src/main.ts` (the repository) or `dist/src/main.js` (the build). */
function rootOf(main: string): string {
  return main.endsWith('.ts') ? resolve(dirname(main), '..') : resolve(dirname(main), '..', '..');
}

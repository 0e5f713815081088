import { spawn } from 'node:child_process';
import { appendFileSync, openSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import type { Cluster } from './cluster.ts';
import { type RunOptions, run } from './process.ts';

/** Runs a program where pods and Services are in reach: in the node's network. Rejects where the node is not ours. */
export async function inNode(
  cluster: Cluster,
  command: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return run([...nodePrefix(cluster), ...command], { env: cluster.env, ...options });
}

/** What to put before a command so that it runs in the node's network. */
export function nodePrefix({ made }: Cluster): readonly string[] {
  if (made.kind === 'bare') return ['nsenter', `--net=/run/netns/${made.netns}`];
  if (made.kind === 'kind') return ['docker', 'exec', '-i', `${made.name}-control-plane`];
  throw new Error('This cluster has no node that this machine may enter.');
}

/** A test that needs the node itself: on other clusters than ours it is listed as `not run` and does not count. */
export function nodeTest(cluster: Cluster, name: string, body: () => Promise<void>, timeout?: number): void {
  if (cluster.made.kind !== 'other') {
    test(name, { ...(timeout === undefined ? {} : { timeout }) }, body);
    return;
  }
  const list = process.env.SEATRIAL_SUITE_NOT_RUN;
  if (list !== undefined) appendFileSync(list, `  ${name}\n`);
}

/** Stops the API server; `start` starts it anew with what it was started with, and resolves when it answers. */
export async function stopApiServer(cluster: Cluster): Promise<{ start(): Promise<void> }> {
  const { made } = cluster;
  if (made.kind === 'bare') return stopProgram(cluster, made.state, 'apiserver');
  const manifest = '/etc/kubernetes/manifests/kube-apiserver.yaml';
  await inNode(cluster, ['mv', manifest, '/tmp/kube-apiserver.yaml']);
  while ((await cluster.tryKubectl(['get', '--raw', '/readyz'], { seconds: 5 })).code === 0) await sleep(200);
  return {
    async start() {
      await inNode(cluster, ['mv', '/tmp/kube-apiserver.yaml', manifest]);
      await answers(cluster);
    },
  };
}

async function stopProgram(
  cluster: Cluster,
  state: string,
  name: string,
): Promise<{ start(): Promise<void> }> {
  const pidFile = join(state, 'pid', name);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const cwd = readlinkSync(`/proc/${pid}/cwd`);
  process.kill(pid, 'SIGKILL');
  return {
    async start() {
      const log = openSync(join(state, 'log', `${name}.log`), 'a');
      const [enter = '', ...prefix] = nodePrefix(cluster);
      const child = spawn(enter, [...prefix, ...command], {
        cwd,
        detached: true,
        stdio: ['ignore', log, log],
      });
      child.unref();
      writeFileSync(pidFile, `${child.pid}\n`);
      await answers(cluster);
    },
  };
}

async function answers(cluster: Cluster): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await cluster.tryKubectl(['get', '--raw', '/readyz'], { seconds: 5 })).code !== 0) {
    if (Date.now() > deadline) throw new Error('The API server did not come back within a minute.');
    await sleep(200);
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { openKube } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/connect.ts';
import { findKubeconfig } from './kubeconfig.ts';
import { attempt, type Ran, type RunOptions, run } from './process.ts';

/** The cluster under test. */
export interface Cluster {
  readonly kubeconfig: string;
  /** The port to its API that the product has. */
  readonly kube: KubeClient;
  /** What made it: `cluster:up` on this machine, kind, or somebody else. */
  readonly made: Made;
  /** The environment for child processes that talk to it. */
  readonly env: NodeJS.ProcessEnv;
  kubectl(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Without an error where it fails. */
  tryKubectl(args: readonly string[], options?: RunOptions): Promise<Ran>;
}

export type Made =
  | { readonly kind: 'bare'; readonly state: string; readonly netns: string }
  | { readonly kind: 'kind'; readonly name: string }
  | { readonly kind: 'other' };

/** Fails with a sentence where there is no cluster or it does not answer. */
export async function openCluster(): Promise<Cluster> {
  const found = findKubeconfig(process.env);
  if (found.kind === 'missing') throw new Error(found.message);
  const env = { ...process.env, ...dockerOf(found.file), KUBECONFIG: found.file };
  const program = kubectlProgram();
  const cluster: Cluster = {
    kubeconfig: found.file,
    kube: openKube({ kubeconfig: { file: found.file }, userAgent: 'test-owner/1' }),
    made: madeBy(found.file),
    env,
    kubectl: (args, options) => run([program, ...args], { env, ...options }),
    tryKubectl: (args, options) => attempt([program, ...args], { env, ...options }),
  };
  const ready = await cluster.tryKubectl(['get', '--raw', '/readyz'], { seconds: 20 });
  if (ready.code !== 0) throw new Error(`The cluster of ${found.file} does not answer: ${ready.stderr}`);
  return cluster;
}

/** The dockerd that `cluster:up` started for kind, where it did. */
function dockerOf(kubeconfig: string): { readonly DOCKER_HOST?: string } {
  const socket = join(dirname(kubeconfig), 'docker.sock');
  return existsSync(socket) ? { DOCKER_HOST: `unix://${socket}` } : {};
}

/** The kubectl of the cluster's own binary where none is on the PATH. */
function kubectlProgram(): string {
  const caches = process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? homedir(), '.cache');
  const own = ['seatrial-cluster', 'seatrial-kind'].map((name) => join(caches, name, 'bin/kubectl'));
  return own.find((file) => existsSync(file)) ?? 'kubectl';
}

function madeBy(kubeconfig: string): Made {
  const state = dirname(kubeconfig);
  if (existsSync(join(state, 'containerd.toml'))) {
    const name = /^address = "?\/run\/(\S+)-containerd\.sock/m.exec(
      readFileSync(join(state, 'containerd.toml'), 'utf8').replace(/^\s+/gm, ''),
    )?.[1];
    return { kind: 'bare', state, netns: name ?? 'seatrial' };
  }
  const text = readFileSync(kubeconfig, 'utf8');
  const context = /^current-context: kind-(\S+)$/m.exec(text)?.[1];
  return context === undefined ? { kind: 'other' } : { kind: 'kind', name: context };
}

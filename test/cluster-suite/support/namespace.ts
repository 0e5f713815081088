import { randomBytes } from 'node:crypto';
import type { Cluster } from './cluster.ts';
import { runId } from './whole-run.ts';

export interface ScratchNamespace {
  readonly name: string;
  /** Begins its removal. That it is gone, the end of the run waits for; outside of one, this does. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A namespace of its own, `<prefix>-<the run's id><four hex digits>`. Make it with `await using`, or dispose of it in `afterAll`. */
export async function scratchNamespace(
  cluster: Cluster,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<ScratchNamespace> {
  const run = runId();
  const name = `${prefix}-${run ?? ''}${randomBytes(2).toString('hex')}`;
  const metadata = { name, labels: { 'seatrial.dev/test': run ?? 'alone', ...labels } };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await cluster.kubectl(['create', '-f', '-'], { input });
  // Pods are refused until it is there, which its controller sees to in its own time.
  const account = ['-n', name, 'wait', '--for=create', 'serviceaccount/default', '--timeout=60s'];
  await cluster.kubectl(account, { seconds: 70 });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await (run === null ? removeNamespace(cluster, name) : beginRemoval(cluster, name));
    },
  };
}

async function beginRemoval(cluster: Cluster, name: string): Promise<void> {
  await cluster.kubectl(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
}

/** Rejects where it is not gone after `seconds`, and says what is left in it. */
export async function removeNamespace(cluster: Cluster, name: string, seconds = 120): Promise<void> {
  const deleted = await cluster.tryKubectl(
    ['delete', 'namespace', name, '--ignore-not-found', `--timeout=${seconds}s`],
    { seconds: seconds + 10 },
  );
  const still = await cluster.tryKubectl(['get', 'namespace', name, '-o', 'json']);
  if (still.code === 0) {
    throw new Error(`The namespace ${name} is not gone: ${deleted.stderr}\n${still.stdout.slice(0, 3_000)}`);
  }
  if (!still.stderr.includes('NotFound')) throw new Error(still.stderr);
}

import { randomBytes } from 'node:crypto';
import type { Cluster } from './cluster.ts';

export interface ScratchNamespace {
  readonly name: string;
  /** Removes it and waits until it is gone. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A namespace of its own, `<prefix>-<six hex digits>`. Make it with `await using`, or dispose of it in `afterAll`. */
export async function scratchNamespace(
  cluster: Cluster,
  prefix: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<ScratchNamespace> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  const metadata = { name, labels: { 'seatrial.dev/test': 'true', ...labels } };
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await cluster.kubectl(['create', '-f', '-'], { input });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await removeNamespace(cluster, name);
    },
  };
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

import { SeatrialError } from '../../errors.ts';
import type { Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { fieldManagers } from '../../sandbox/cluster-names.ts';
import { type Connection, until } from './connect.ts';

/**
 * What `kubectl rollout restart` writes. It stays: a rollout needs a change of the template, and taking it off would be
 * one more rollout. Evicting pods would need none, but would leave a workload of one pod without any.
 */
export const restartedAt = 'kubectl.kubernetes.io/restartedAt';
const rolloutSeconds = 300;

/** Rolls Deployments as `kubectl rollout restart` does, and waits for them: what old pods held open ends with them. */
export async function restartWorkloads(
  { kube, signal }: Connection,
  deployments: readonly Deployment[],
): Promise<readonly string[]> {
  const refs = deployments.map(({ metadata: { name, namespace = '' } }) => ({
    resource: resources.deployments,
    name,
    namespace,
  }));
  const annotations = { [restartedAt]: new Date().toISOString() };
  const body = { spec: { template: { metadata: { annotations } } } };
  for (const ref of refs) {
    await kube.patch(ref, { kind: 'merge', body, fieldManager: fieldManagers.cli }, signal);
  }
  for (const ref of refs) {
    const done = await until(rolloutSeconds, signal, async () => {
      const found = await kube.get<Deployment>(ref, signal);
      return found === null || isRolledOut(found) ? true : null;
    });
    if (done === null) {
      throw new SeatrialError('service-not-ready', {
        what: `Deployment ${ref.name} is not rolled out after ${rolloutSeconds} s.`,
        next: `See kubectl -n ${ref.namespace} rollout status deployment/${ref.name}.`,
      });
    }
  }
  return refs.map(({ name }) => name);
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const { observedGeneration, updatedReplicas, replicas, availableReplicas } = status ?? {};
  const wanted = spec.replicas ?? 1;
  return (
    observedGeneration === metadata.generation &&
    (updatedReplicas ?? 0) === wanted &&
    (replicas ?? 0) === wanted &&
    (availableReplicas ?? 0) === wanted
  );
}

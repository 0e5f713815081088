import { priced } from '../faults/app.ts';
import type { Stage } from '../faults/stage.ts';
import { applyYaml, rolledOut } from '../support/apply.ts';
import { listOf, service } from '../support/workload.ts';

/** Deploys more of the baseline; those that are Deployments with a replica are waited for. */
export async function add({ cluster, namespace }: Stage, objects: readonly object[]): Promise<void> {
  await applyYaml(cluster, listOf(objects), { namespace });
  const running = objects.filter(isRunning).map(({ metadata: { name } }) => `deployment/${name}`);
  await rolledOut(cluster, namespace, running);
}

/** One more service that says who it is, and fails as MODE says, with a Service of its own. */
export function addPriced(stage: Stage, name: string): Promise<void> {
  return add(stage, [priced(name, stage.image), service(name)]);
}

export async function addressOf({ cluster, namespace }: Stage, name: string): Promise<string> {
  const at = ['get', 'service', name, '-o', 'jsonpath={.spec.clusterIP}'];
  return (await cluster.kubectl(['-n', namespace, ...at])).trim();
}

interface Running {
  readonly metadata: { readonly name: string };
}

function isRunning(object: object): object is Running {
  const { kind, spec } = object as { readonly kind?: string; readonly spec?: { readonly replicas?: number } };
  return kind === 'Deployment' && spec?.replicas !== 0;
}

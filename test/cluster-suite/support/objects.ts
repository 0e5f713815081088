import type { KubeApi } from '../../../src/kube/api.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { labels } from '../../../src/sandbox/cluster-names.ts';

const kinds = [
  resources.deployments,
  resources.replicaSets,
  resources.pods,
  resources.networkPolicies,
  resources.services,
];

/** `<kind> <name>` of all objects that carry a sandbox's label. */
export async function objectsOf(
  kube: KubeApi,
  namespace: string,
  sandbox: string,
): Promise<readonly string[]> {
  const options = { namespace, labelSelector: `${labels.sandbox}=${sandbox}` };
  const signal = AbortSignal.timeout(30_000);
  const lists = await Promise.all(kinds.map((kind) => kube.list<KubeObject>(kind, options, signal)));
  return lists.flatMap(({ items }, at) => items.map(({ metadata }) => `${kinds[at]?.kind} ${metadata.name}`));
}

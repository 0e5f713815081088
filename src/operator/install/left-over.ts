import { type KubeApi, KubeError, type Resource } from '../../kube/api.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { annotations, labels } from '../../sandbox/cluster-names.ts';
import { installationLabel } from './manifest.ts';
import { type Found, findLists, findObjects, refOf } from './remove.ts';

/** What controllers of Kubernetes make of ours: it goes last. */
const madeOfOurs: readonly Resource[] = [resources.replicaSets, resources.pods];
const ofForks: readonly Resource[] = [
  resources.deployments,
  ...madeOfOurs,
  resources.networkPolicies,
  resources.configMaps,
];

/**
 * All that has a mark of ours, whichever, in the namespaces that are the installation's, or its label anywhere: empty
 * once nothing is left.
 */
export async function findLeftOver(
  kube: KubeApi,
  systemNamespace: string,
  isServed: (namespace: string) => boolean,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const served = ({ ref }: Found) => isServed(ref.namespace ?? '');
  const list = (resources: readonly Resource[], labelSelector?: string) =>
    found(kube, resources, labelSelector, signal);
  const all = [
    ...(await findObjects(kube, systemNamespace, signal)),
    ...(await list(madeOfOurs, `${installationLabel}=${systemNamespace}`)),
    ...(await list(ofForks, labels.sandbox)).filter(served),
    ...(await findLists(kube, signal)).filter(served),
    ...(await list([resources.services])).filter((one) => served(one) && isMarked(one.object)),
    ...(await list([resources.sandboxes])).filter(served),
  ];
  return [...new Map(all.map((one) => [nameOf(one), one])).values()];
}

export function nameOf({ ref: { resource, namespace, name } }: Found): string {
  return `${resource.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function isMarked({ metadata }: KubeObject): boolean {
  return (
    metadata.annotations?.[annotations.original] !== undefined || metadata.labels?.[labels.role] === 'shadow'
  );
}

async function found(
  kube: KubeApi,
  resources: readonly Resource[],
  labelSelector: string | undefined,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const all: Found[] = [];
  for (const resource of resources) {
    try {
      const options = labelSelector === undefined ? {} : { labelSelector };
      const { items } = await kube.list<KubeObject>(resource, options, signal);
      all.push(...items.map((object) => ({ ref: refOf(resource, object), object })));
    } catch (error) {
      // A kind that is not there any more has no objects.
      if (!(error instanceof KubeError) || error.status !== 404) throw error;
    }
  }
  return all;
}

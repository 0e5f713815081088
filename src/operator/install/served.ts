import type { KubeApi } from '../../kube/api.ts';
import type { Deployment, KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import { type Installation, installationLabel } from './manifest.ts';

/**
 * Whether a namespace is this installation's to clean up: one that its controller was told to serve, or that has
 * objects of it; never one that has objects of another installation. Without its controller there is no telling, but
 * where no other installation is in the cluster.
 */
export async function servedNamespaces(
  kube: KubeApi,
  systemNamespace: string,
  signal: AbortSignal,
): Promise<(namespace: string) => boolean> {
  const ref = { resource: resources.deployments, namespace: systemNamespace, name: objectNames.controller };
  const controller = await kube.get<Deployment>(ref, signal);
  const [deployments, services] = await Promise.all(
    [resources.deployments, resources.services].map(
      async (resource) =>
        (await kube.list<KubeObject>(resource, { labelSelector: installationLabel }, signal)).items,
    ),
  );
  const objects = [...(deployments ?? []), ...(services ?? [])];
  const { mine, others } = byInstallation(objects, systemNamespace);
  const alone = objects.every(({ metadata }) => metadata.labels?.[installationLabel] === systemNamespace);
  const told = controller === null ? (alone ? 'all' : []) : toldNamespaces(controller);
  return (namespace) =>
    !others.has(namespace) && (mine.has(namespace) || told === 'all' || told.includes(namespace));
}

function byInstallation(objects: readonly KubeObject[], systemNamespace: string) {
  const marks = objects.filter(({ metadata }) => metadata.labels?.[labels.role] !== 'controller');
  const of = (own: boolean) =>
    new Set(
      marks
        .filter(({ metadata }) => (metadata.labels?.[installationLabel] === systemNamespace) === own)
        .map(({ metadata }) => metadata.namespace ?? ''),
    );
  return { mine: of(true), others: of(false) };
}

/** Other installations in the cluster whose controllers serve some of the same namespaces. */
export async function overlapping(
  kube: KubeApi,
  { systemNamespace, namespaces }: Pick<Installation, 'systemNamespace' | 'namespaces'>,
  signal: AbortSignal,
): Promise<readonly { readonly systemNamespace: string; readonly namespaces: readonly string[] | 'all' }[]> {
  const where = { labelSelector: `${labels.role}=controller,${installationLabel}` };
  const { items } = await kube.list<Deployment>(resources.deployments, where, signal);
  return items
    .filter(({ metadata }) => metadata.labels?.[installationLabel] !== systemNamespace)
    .map((controller) => ({ controller, told: toldNamespaces(controller) }))
    .filter(
      ({ told }) => told === 'all' || namespaces === null || told.some((one) => namespaces.includes(one)),
    )
    .map(({ controller: { metadata }, told }) => ({
      systemNamespace: metadata.namespace ?? '',
      namespaces: told,
    }));
}

/** What the controller was installed with. */
export function toldNamespaces(controller: Deployment): readonly string[] | 'all' {
  const env = controller.spec.template.spec.containers[0]?.env ?? [];
  const names = (env.find(({ name }) => name === 'SEATRIAL_NAMESPACES')?.value ?? '').split(',');
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? 'all' : given;
}

import type { KubeApi } from '../../kube/api.ts';
import type { Deployment, KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import { installationLabel } from './manifest.ts';

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

function toldNamespaces(controller: Deployment): readonly string[] | 'all' {
  const env = controller.spec.template.spec.containers[0]?.env ?? [];
  const names = (env.find(({ name }) => name === 'SEATRIAL_NAMESPACES')?.value ?? '').split(',');
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? 'all' : given;
}

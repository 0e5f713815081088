import type { ClusterService } from '../../gateway/channel-api.ts';
import type { Deployment, Pod, Service } from '../../kube/objects.ts';
import { selects } from '../../kube/selector.ts';
import { annotations, labels, objectNames } from '../../sandbox/cluster-names.ts';
import { findWorkload, shadowOf } from '../fork/find-workload.ts';
import { imageDigest } from '../fork/image-digest.ts';
import { type ForkWorld, judgeFork } from '../fork/refusals.ts';
import { firstHttpPort } from './ports.ts';

/** The Services of the namespace as callers know them: no shadows, and nothing of ours. Sorted by name. */
export function clusterServices(world: ForkWorld, pods: readonly Pod[]): ClusterService[] {
  return world.services
    .filter(isCallers)
    .map((service) => describe(service, world, pods))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null where callers know no Service of that name. */
export function callersService(name: string, services: readonly Service[]): Service | null {
  return services.find((service) => service.metadata.name === name && isCallers(service)) ?? null;
}

function isCallers({ metadata }: Service): boolean {
  const ours: readonly string[] = [objectNames.router, objectNames.gateway, objectNames.controller];
  return metadata.labels?.[labels.role] === undefined && !ours.includes(metadata.name);
}

function describe(service: Service, world: ForkWorld, pods: readonly Pod[]): ClusterService {
  const { name } = service.metadata;
  const judged = judgeFork({ service: name }, world);
  const [deployment] = findWorkload({ service: name }, world).deployments;
  const pod = deployment?.spec.template.spec;
  const container = judged.kind === 'forkable' ? judged.container : pod?.containers[0]?.name;
  return {
    name,
    port: firstHttpPort(service, shadowOf(name, world.services)),
    forkable: judged.kind === 'forkable',
    refusal: judged.kind === 'forkable' ? null : `${judged.message} ${judged.next}`,
    enrolled: service.metadata.annotations?.[annotations.original] !== undefined,
    workload: deployment?.metadata.name ?? null,
    commit: deployment === undefined ? null : commitOf(deployment),
    image: pod?.containers.find((one) => one.name === container)?.image ?? null,
    digests: deployment === undefined ? [] : digestsOf(deployment, container, pods),
  };
}

function digestsOf(
  { spec }: Deployment,
  container: string | undefined,
  pods: readonly Pod[],
): readonly string[] {
  const found = pods
    .filter(({ metadata }) => selects(spec.selector, metadata.labels ?? {}))
    .map(({ status }) => imageDigest(status?.containerStatuses?.find(({ name }) => name === container)));
  return [...new Set(found.filter((digest) => digest !== null))].sort();
}

/**
 * The commit that a workload says it was built from. The label of its image is not in the API, only where the image is
 * kept: pipelines that want it read put it on the Deployment or its pods as well.
 */
function commitOf({ metadata, spec }: Deployment): string | null {
  const said = [metadata, spec.template.metadata].map((part) => part?.annotations ?? {});
  const [own] = said;
  const named = said.map((part) => part[annotations.imageRevision]).find((commit) => commit !== undefined);
  return own?.[annotations.commit] ?? named ?? null;
}

import type { Deployment, Service, StatefulSet } from '../../kube/objects.ts';
import { containsLabels, type Labels } from '../../kube/selector.ts';
import { labels as names } from '../../sandbox/cluster-names.ts';
import type { ResourceFork } from '../../sandbox/resource.ts';

/** A namespace as far as finding workloads and refusing forks needs it. */
export interface Workloads {
  readonly services: readonly Service[];
  readonly deployments: readonly Deployment[];
  readonly statefulSets: readonly StatefulSet[];
}

export interface Found {
  /** What callers name; null where no Service has the name. */
  readonly service: Service | null;
  /** With the original selector and target ports: the shadow where it is enrolled, else `service`. */
  readonly original: Service | null;
  readonly deployments: readonly Deployment[];
  readonly statefulSets: readonly StatefulSet[];
}

/** What stands behind a Service, forks apart; where `workload` is named, only the Deployment of that name. */
export function findWorkload(fork: Pick<ResourceFork, 'service' | 'workload'>, world: Workloads): Found {
  const service = world.services.find(({ metadata }) => metadata.name === fork.service) ?? null;
  const original = service === null ? null : (shadowOf(fork.service, world.services) ?? service);
  const selector = original?.spec.selector ?? {};
  const behind = (labels: Labels = {}) =>
    Object.keys(selector).length > 0 && containsLabels(labels, selector);
  const baseline = world.deployments.filter(({ metadata }) => metadata.labels?.[names.sandbox] === undefined);
  return {
    service,
    original,
    deployments:
      fork.workload === undefined
        ? baseline.filter(({ spec }) => behind(spec.template.metadata?.labels))
        : baseline.filter(({ metadata }) => metadata.name === fork.workload),
    statefulSets: world.statefulSets.filter(({ metadata, spec }) =>
      fork.workload === undefined ? behind(spec.template.metadata?.labels) : metadata.name === fork.workload,
    ),
  };
}

export function shadowOf(service: string, services: readonly Service[]): Service | null {
  return (
    services.find(
      ({ metadata }) =>
        metadata.labels?.[names.role] === 'shadow' && metadata.labels?.[names.service] === service,
    ) ?? null
  );
}

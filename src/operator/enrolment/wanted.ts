import type { Deployment, Service } from '../../kube/objects.ts';
import { containsLabels } from '../../kube/selector.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { serviceRefusal } from '../fork/service-refusal.ts';
import { allServices, type EnrolmentList, type ListEntry } from './list.ts';
import { originalOf } from './original.ts';

export interface NamespaceWorld {
  readonly services: readonly Service[];
  readonly deployments: readonly Deployment[];
  readonly sandboxes: readonly SandboxResource[];
  readonly list: EnrolmentList;
}

/** Services that Sandboxes fork or observe. */
export function usedServices(sandboxes: readonly SandboxResource[]): ReadonlySet<string> {
  const live = sandboxes.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return new Set(
    live.flatMap(({ spec }) => [...spec.forks.map(({ service }) => service), ...(spec.observe ?? [])]),
  );
}

/** Sandboxes that are said to be routed: their runs count on it. */
export function routedSandboxes(sandboxes: readonly SandboxResource[]): readonly string[] {
  return sandboxes
    .filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === 'Routed' && status === 'True'),
    )
    .map(({ metadata }) => metadata.name);
}

/** The user's own Services: without those that we made. */
export function ownServices(services: readonly Service[]): readonly Service[] {
  return services.filter(({ metadata }) => metadata.labels?.[labels.role] === undefined);
}

/**
 * The Services that are to be enrolled: those of the list, and every other one that leads to a workload of theirs,
 * where it can be, as requests through it would pass the fork by.
 */
export function wantedServices(world: NamespaceWorld): ReadonlySet<string> {
  const { list } = world;
  const services = ownServices(world.services);
  const everything = list[allServices] !== undefined;
  const isOut = (name: string) => list[name]?.released === true || list[name]?.stopped !== undefined;
  const listed = services.filter(({ metadata }) => everything || list[metadata.name] !== undefined);
  const wanted = new Set(listed.map(({ metadata }) => metadata.name).filter((name) => !isOut(name)));
  const behind = world.deployments.filter((deployment) =>
    listed.some((service) => wanted.has(service.metadata.name) && leadsTo(service, deployment)),
  );
  for (const service of services) {
    const { name } = service.metadata;
    if (!isOut(name) && behind.some((deployment) => leadsTo(service, deployment))) wanted.add(name);
  }
  // What is listed by name keeps its refusal for whoever asked; the rest is left alone in silence.
  for (const service of services) {
    const { name } = service.metadata;
    if (list[name] === undefined && serviceRefusal(originalService(service)) !== null) wanted.delete(name);
  }
  return wanted;
}

export function originalService(service: Service): Service {
  return { ...service, spec: originalOf(service).spec };
}

function leadsTo(service: Service, deployment: Deployment): boolean {
  if (deployment.metadata.labels?.[labels.sandbox] !== undefined) return false;
  const selector = originalOf(service).spec.selector ?? {};
  const template = deployment.spec.template.metadata?.labels ?? {};
  return Object.keys(selector).length > 0 && containsLabels(template, selector);
}

/** Names of the Deployments that a Service leads to, or would if it were not enrolled; sorted. Forks are none. */
export function workloadsOf(service: Service, deployments: readonly Deployment[]): readonly string[] {
  return deployments
    .filter((deployment) => leadsTo(service, deployment))
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** How long a Service that only sandboxes asked for stays enrolled after the last one. */
export const unusedMs = 24 * 3_600_000;
/** `lastUsed` is no more exact than this: each change is a write. */
const exactMs = 3_600_000;

/** What is to change in the list: new uses, uses that go on, and entries that nobody used for long. */
export function listChanges(
  { list, sandboxes }: Pick<NamespaceWorld, 'list' | 'sandboxes'>,
  now: number,
): Readonly<Record<string, ListEntry | null>> {
  const used = usedServices(sandboxes);
  const time = new Date(now).toISOString();
  const changes: Record<string, ListEntry | null> = {};
  for (const service of used) {
    const entry = list[service];
    if (entry === undefined) changes[service] = { by: 'sandbox', since: time, lastUsed: time };
    else if (now - Date.parse(entry.lastUsed) > exactMs) changes[service] = { ...entry, lastUsed: time };
  }
  for (const [service, entry] of Object.entries(list)) {
    const unused = entry.by === 'sandbox' && !used.has(service) && entry.released !== true;
    if (unused && now - Date.parse(entry.lastUsed) > unusedMs) changes[service] = null;
  }
  return changes;
}

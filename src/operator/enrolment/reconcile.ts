import { type KubeApi, KubeError, type Resource } from '../../kube/api.ts';
import type { Deployment, KubeObject, NetworkPolicy, Pod, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';
import { labels, objectNames } from '../../sandbox/cluster-names.ts';
import type { SandboxResource } from '../../sandbox/resource.ts';
import { tellRefused, tellStopped } from './events.ts';
import { deleteList, getList, type ListEntry, writeList } from './list.ts';
import { networkRefusal } from './network-refusal.ts';
import { originalOf, storedOriginal } from './original.ts';
import { perform } from './perform.ts';
import { otherInstallation, type Preparer } from './prepare.ts';
import { recallOriginals } from './recall.ts';
import { askRouters, askTroubles, type ReadyRouter } from './routers.ts';
import { routesOf } from './routes.ts';
import { findShadow } from './shadow.ts';
import { nextStep, refusalOf, type ServiceState, type Step, type Told } from './step.ts';
import {
  listChanges,
  type NamespaceWorld,
  ownServices,
  routedSandboxes,
  wantedServices,
  workloadsOf,
} from './wanted.ts';

export interface ReconcileOptions {
  readonly kube: KubeApi;
  readonly systemNamespace: string;
  readonly preparer: Preparer;
  readonly log: Log;
  readonly routers?: (pods: readonly Pod[], signal: AbortSignal) => Promise<readonly ReadyRouter[]>;
  /** Since when a namespace has no ready router. */
  readonly withoutRouter: Map<string, number>;
}

export interface Reconciled {
  readonly steps: ReadonlyMap<string, Step>;
  /** Of wanted Services, also of those that are still being given back. */
  readonly refusals: ReadonlyMap<string, Told>;
  /** When to look again, in milliseconds; null where nothing is under way. */
  readonly again: number | null;
  /** Nothing of ours is left there to look after. */
  readonly done: boolean;
  readonly other: string | null;
}

interface World extends NamespaceWorld {
  readonly pods: readonly Pod[];
  readonly policies: readonly NetworkPolicy[];
}

/** One look at a namespace, and for each Service its next step. All that is known is read anew. */
export async function reconcileNamespace(
  options: ReconcileOptions,
  namespace: string,
  signal: AbortSignal,
): Promise<Reconciled> {
  const { kube, systemNamespace, preparer, log } = options;
  const seen = await look(kube, namespace, signal);
  const router = seen.deployments.find(({ metadata }) => metadata.name === objectNames.router) ?? null;
  const other = otherInstallation(router, systemNamespace);
  if (other !== null) return { steps: new Map(), refusals: new Map(), again: null, done: true, other };
  const world = { ...seen, services: await recallOriginals(kube, seen.services, signal) };

  const now = Date.now();
  const changes = listChanges(world, now);
  await writeList(kube, namespace, changes, signal);
  const list = merged(world.list, changes);
  const wanted = wantedServices({ ...world, list });
  const isActive = Object.keys(list).length > 0 || world.sandboxes.length > 0;
  if (isActive) await preparer.prepare(namespace, router, signal);

  const routers = await (options.routers ?? askRouters)(world.pods, signal);
  const troubles = routers.length > 0 ? [] : await askTroubles(world.pods, signal);
  const withoutRouterSince = noteRouters(options.withoutRouter, namespace, routers.length > 0, now);
  const steps = new Map<string, Step>();
  const refusals = new Map<string, Told>();
  const taken = new Map<string, ReadonlySet<number>>();
  for (const service of ownServices(world.services)) {
    const { name } = service.metadata;
    const shadow = findShadow(world.services, name);
    const isOurs = storedOriginal(service) !== null || (shadow !== null && shadow !== 'taken');
    if (!wanted.has(name) && !isOurs) continue;
    const others = takenByOthers(world.services, name, taken);
    const state: ServiceState = {
      service,
      shadow,
      wanted: wanted.has(name),
      routers,
      withoutRouterSince,
      troubles,
      routed: routedSandboxes(world.sandboxes),
      ending: !isActive,
      routerPods: world.pods.filter((pod) => !isOverdue(pod, now)).length,
      workloads: workloadsOf(service, world.deployments),
      taken: others,
      network: networkRefusal(
        { name, namespace, original: originalOf(service) },
        world.deployments,
        world.policies,
      ),
      now,
    };
    const step = nextStep(state);
    const refusal = state.wanted ? refusalOf(state) : null;
    if (refusal !== null) refusals.set(name, refusal);
    steps.set(name, step);
    if (step.kind === 'make-shadow')
      taken.set(name, new Set(step.routes.map(({ routerPort }) => routerPort)));
    if (step.kind === 'stop') await stop(kube, namespace, service, list[name], step, now, signal);
    const target = { service, shadow: shadow === 'taken' ? null : shadow, systemNamespace };
    if (await perform(kube, target, step, now, signal)) {
      log.info('enrolment', { namespace, service: name, step: step.kind });
    }
    if (step.kind === 'restore' && refusal !== null) await tellRefused(kube, service, refusal, signal);
  }
  await removeOrphans(kube, world.services, signal);
  const all = [...steps.values()];
  const done = !isActive && all.every(({ kind }) => kind === 'not-enrolled');
  const needsNoRouter = all.every(({ kind }) => kind === 'not-enrolled' || kind === 'wait-for-routers');
  if (!isActive && needsNoRouter && router !== null) await preparer.unprepare(namespace, signal);
  if (done) await deleteList(kube, namespace, signal);
  return { steps, refusals, again: soonest(all, withoutRouterSince), done, other: null };
}

async function look(kube: KubeApi, namespace: string, signal: AbortSignal): Promise<World> {
  const all = async <T extends KubeObject>(resource: Resource, labelSelector?: string) => {
    const where = labelSelector === undefined ? { namespace } : { namespace, labelSelector };
    return (await kube.list<T>(resource, where, signal)).items;
  };
  const [services, deployments, pods, policies, sandboxes, list] = await Promise.all([
    all<Service>(resources.services),
    all<Deployment>(resources.deployments, `!${labels.sandbox}`),
    all<Pod>(resources.pods, `${labels.role}=router`),
    all<NetworkPolicy>(resources.networkPolicies, `!${labels.sandbox}`),
    all<SandboxResource>(resources.sandboxes).catch(noneWithoutCrd),
    getList(kube, namespace, signal),
  ]);
  return { services, deployments, pods, policies, sandboxes, list };
}

function noneWithoutCrd(error: unknown): readonly SandboxResource[] {
  if (error instanceof KubeError && error.status === 404) return [];
  throw error;
}

function merged(
  list: Readonly<Record<string, ListEntry>>,
  changes: Readonly<Record<string, ListEntry | null>>,
) {
  const entries = Object.entries({ ...list, ...changes });
  return Object.fromEntries(
    entries.flatMap(([key, entry]) => (entry === null ? [] : [[key, entry] as const])),
  );
}

/** Deleted, and its time to end is over: its node does not answer. */
function isOverdue({ metadata }: Pod, now: number): boolean {
  return metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < now;
}

function noteRouters(
  since: Map<string, number>,
  namespace: string,
  isThere: boolean,
  now: number,
): number | null {
  if (isThere) since.delete(namespace);
  else if (!since.has(namespace)) since.set(namespace, now);
  return since.get(namespace) ?? null;
}

/** Router ports of all shadows but this one's, those that were given out in this look included. */
function takenByOthers(
  services: readonly Service[],
  service: string,
  given: ReadonlyMap<string, ReadonlySet<number>>,
): ReadonlySet<number> {
  const shadows = services.filter(
    ({ metadata }) =>
      metadata.labels?.[labels.role] === 'shadow' && metadata.labels[labels.service] !== service,
  );
  const held = shadows.flatMap((shadow) => routesOf(shadow).map(({ routerPort }) => routerPort));
  const fresh = [...given].filter(([name]) => name !== service).flatMap(([, ports]) => [...ports]);
  return new Set([...held, ...fresh]);
}

async function stop(
  kube: KubeApi,
  namespace: string,
  service: Service,
  entry: ListEntry | undefined,
  { manager, message, next }: Extract<Step, { kind: 'stop' }>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const time = new Date(now).toISOString();
  const { by, since, lastUsed } = entry ?? { by: 'sandbox', since: time, lastUsed: time };
  const stopped = { by, since, lastUsed, stopped: { manager, message, next } };
  await writeList(kube, namespace, { [service.metadata.name]: stopped }, signal);
  await tellStopped(kube, service, `${message} ${next}`, signal);
}

/** Shadows whose Service is gone: the garbage collector takes them, unless the Service was deleted with `orphan`. */
async function removeOrphans(
  kube: KubeApi,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  const names = new Set(ownServices(services).map(({ metadata }) => metadata.name));
  for (const { metadata } of services) {
    const { name, namespace = '', uid } = metadata;
    if (metadata.labels?.[labels.role] !== 'shadow' || names.has(metadata.labels[labels.service] ?? ''))
      continue;
    const only = uid === undefined ? {} : { uid };
    await kube.delete({ resource: resources.services, namespace, name }, only, signal);
  }
}

const soonMs = 100;

function soonest(steps: readonly Step[], withoutRouterSince: number | null): number | null {
  const times = steps.flatMap((step) => {
    if (step.kind === 'wait') return [step.ms];
    if (step.kind === 'wait-for-routers') return [1_000];
    if (step.kind === 'enrolled') return withoutRouterSince === null ? [] : [1_000];
    return step.kind === 'not-enrolled' || step.kind === 'refused' ? [] : [soonMs];
  });
  return times.length === 0 ? null : Math.max(soonMs, Math.min(...times));
}

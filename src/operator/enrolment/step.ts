import type { Service } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';
import { type Refusal, serviceRefusal } from '../fork/service-refusal.ts';
import { type Drift, driftLimit, driftOf, howToKeep, isRestored, oneMore } from './drift.ts';
import type { NetworkRefusal } from './network-refusal.ts';
import { hasOurSelector, type Original, originalOf, storedOriginal } from './original.ts';
import { allLoaded, connectionsTo, type ReadyRouter } from './routers.ts';
import { assignRoutes, type Route, routesOf } from './routes.ts';
import { shadowFits } from './shadow.ts';
import { isEnrolled } from './swap.ts';

/** One Service at one moment. */
export interface ServiceState {
  readonly service: Service;
  readonly shadow: Service | 'taken' | null;
  readonly wanted: boolean;
  readonly routers: readonly ReadyRouter[];
  /** Since when no router is ready, in milliseconds; null where one is. */
  readonly withoutRouterSince: number | null;
  /** Why not, as far as routers say. */
  readonly troubles: readonly string[];
  /** Sandboxes whose status says that their requests reach their forks. */
  readonly routed: readonly string[];
  /** Nothing of the namespace is to be enrolled any more: its routers go, and end what callers hold open. */
  readonly ending: boolean;
  /** Router pods that are there, ready or not. */
  readonly routerPods: number;
  /** Deployments that the Service leads to. */
  readonly workloads: readonly string[];
  /** Router ports of other Services. */
  readonly taken: ReadonlySet<number>;
  /** Why the namespace's policies would part callers and baseline. */
  readonly network: NetworkRefusal | null;
  readonly now: number;
}

/** The next write, or what is waited for. Each is idempotent; all state is in the cluster. */
export type Step =
  | { readonly kind: 'enrolled' }
  | { readonly kind: 'not-enrolled' }
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string; readonly next: string }
  | {
      readonly kind: 'make-shadow';
      readonly original: Original;
      readonly routes: readonly Route[];
      readonly workloads: readonly string[];
    }
  | { readonly kind: 'wait'; readonly message: string; readonly ms: number }
  /** `drift` is to be on the shadow before the swap. */
  | { readonly kind: 'swap'; readonly routes: readonly Route[]; readonly drift: Drift }
  | { readonly kind: 'stop'; readonly manager: string; readonly message: string; readonly next: string }
  /** The Service gets back what it had; `suspend`: the shadow stays, until a router is there again. */
  | { readonly kind: 'restore'; readonly why: 'release' | 'suspend' }
  | { readonly kind: 'mark-releasing' }
  /** The routers are to go first: they serve what callers hold open until they end, and need the shadow for it. */
  | { readonly kind: 'wait-for-routers' }
  | { readonly kind: 'delete-shadow' };

/** A refusal, whoever says it. */
export type Told = Omit<Refusal, 'reason'> & { readonly reason: string };

/** A router that comes back within this time costs less than two swaps. */
const suspendAfterMs = 10_000;
/**
 * Whoever reads a Sandbox is to know that its requests reach no fork before they reach the baseline. Callers of the
 * baseline wait for that, but not for ever: a run that spans it has no complete receipt whatever the status says.
 */
const tellWithinMs = 30_000;
const longestPauseMs = 5_000;
/** Callers that keep connections to a router get `Connection: close` with their next answer for so long. */
export const drainMs = 30_000;
/** A connection that sent nothing is waited for so long; what it sends later finds no Service. */
const idleMs = 3_600_000;
const idleLookMs = 5_000;
const soonMs = 300;

export function nextStep(state: ServiceState): Step {
  const { service, shadow, wanted } = state;
  const refusal = wanted ? refusalOf(state) : null;
  if (!wanted || refusal !== null) {
    const release = releaseStep(state, shadow === 'taken' ? null : shadow);
    return release.kind === 'not-enrolled' && refusal !== null ? { kind: 'refused', ...refusal } : release;
  }
  if (storedOriginal(service) !== null && withoutRouterMs(state) > suspendAfterMs) return suspendStep(state);
  return enrolStep(state, shadow === 'taken' ? null : shadow);
}

function withoutRouterMs({ withoutRouterSince, now }: ServiceState): number {
  return withoutRouterSince === null ? 0 : now - withoutRouterSince;
}

function suspendStep(state: ServiceState): Step {
  const { routed } = state;
  if (routed.length === 0 || withoutRouterMs(state) > suspendAfterMs + tellWithinMs) {
    return { kind: 'restore', why: 'suspend' };
  }
  return { kind: 'wait', message: `${routed.join(', ')} is told first that no router is ready`, ms: soonMs };
}

/** Why a Service that is wanted cannot be enrolled, or not any more. */
export function refusalOf({
  service,
  shadow,
  network,
}: Pick<ServiceState, 'service' | 'shadow' | 'network'>): Told | null {
  const { spec, metadata } = service;
  if (shadow === 'taken') {
    return {
      reason: 'NameTaken',
      message: `The name that the shadow of Service ${metadata.name} would get belongs to a Service that is not ours.`,
      next: `Rename or delete Service ${metadata.name}-seatrial, and enrol again.`,
    };
  }
  if (hasOurSelector(service) && storedOriginal(service) === null) {
    return {
      reason: 'SelectsRouters',
      message: `Service ${metadata.name} selects the pods of the router, and nothing says where it led before.`,
      next: 'Give it back its own selector and target ports (apply its manifest), and enrol it again.',
    };
  }
  const own = serviceRefusal({
    ...service,
    spec: storedOriginal(service) === null ? spec : originalOf(service).spec,
  });
  return own ?? network;
}

function enrolStep(state: ServiceState, shadow: Service | null): Step {
  const { service, routers, taken, workloads, now } = state;
  const original = originalOf(service);
  // Without its shadow the Service still remembers where it leads.
  const held = shadow === null ? (storedOriginal(service)?.routes ?? []) : routesOf(shadow);
  const routes = assignRoutes(original.spec.ports ?? [], held, taken);
  if (routes === null) {
    return {
      kind: 'refused',
      reason: 'NoRouterPort',
      message: 'All router ports of this namespace are taken.',
      next: 'Release Services that need no sandbox: seatrial release <service>.',
    };
  }
  if (shadow === null || !shadowFits(shadow, service, original, routes, workloads)) {
    return { kind: 'make-shadow', original, routes, workloads };
  }
  const enrolled = isEnrolled(service, routes);
  const drift = driftOf(shadow);
  if (enrolled) return { kind: 'enrolled' };
  if (routers.length === 0) {
    // One that gets ready causes a look of its own.
    const ms = Math.min(longestPauseMs, Math.max(soonMs, withoutRouterMs(state) / 10));
    const [trouble] = state.troubles;
    const message = `no router is ready${trouble === undefined ? '' : `: ${trouble}`}`;
    return { kind: 'wait', message, ms };
  }
  if (!allLoaded(routers, service.metadata.name, shadow, routes, now)) {
    return { kind: 'wait', message: 'a router has not loaded its ports yet', ms: soonMs };
  }
  if (!drift.swapped || !isRestored(service, routes)) {
    return { kind: 'swap', routes, drift: { ...drift, swapped: true } };
  }
  const grown = oneMore(drift, service, now);
  if (grown.count <= driftLimit) return { kind: 'swap', routes, drift: grown };
  const manager = grown.manager ?? 'unknown';
  return {
    kind: 'stop',
    manager,
    message: `${manager} restored Service ${service.metadata.name} ${grown.count} times, so it is not enrolled any more.`,
    next: howToKeep(manager, service),
  };
}

function releaseStep(state: ServiceState, shadow: Service | null): Step {
  const { service, now, ending, routerPods } = state;
  if (storedOriginal(service) !== null) return { kind: 'restore', why: 'release' };
  if (shadow === null) return { kind: 'not-enrolled' };
  const since = shadow.metadata.annotations?.[annotations.releasing];
  if (since === undefined) return { kind: 'mark-releasing' };
  const passed = now - Date.parse(since);
  // A mark that was broken by hand is over.
  if (passed < drainMs)
    return {
      kind: 'wait',
      message: 'callers let go of their connections to the router',
      ms: drainMs - passed,
    };
  if (ending) return routerPods === 0 ? { kind: 'delete-shadow' } : { kind: 'wait-for-routers' };
  const open = connectionsTo(state.routers, service.metadata.name);
  if (open > 0 && passed < idleMs) {
    return { kind: 'wait', message: `callers hold ${open} idle connections to the router`, ms: idleLookMs };
  }
  return { kind: 'delete-shadow' };
}

import type { ResourceFork } from '../../sandbox/resource.ts';
import type { Made } from './facts.ts';
import type { Memory } from './memory.ts';
import { type RouteFact, type RouterView, routeOf } from './routed.ts';
import type { Subject } from './world.ts';

/** What a pass knows of routers, for one fork. */
export interface Routes {
  /** Null: nobody has to be asked. */
  readonly views: readonly RouterView[] | null;
  /** A Service leads to the fork. */
  readonly routable: boolean;
  /** Uids of those that are ready. */
  readonly ready: readonly string[];
  /** What keeps one of the ready ones from knowing its namespace. */
  readonly trouble: string | null;
}

/** Pod, life and readiness: as long as these stay, what the routers said stays true. */
function lifeOf({ pod, restarts, state }: Made['view']): string {
  return `${pod?.metadata.uid}/${restarts}/${state.kind === 'running' && state.podReady}`;
}

/** Since when the API holds the key with these services, for certain: no router was told later. */
export function noteWanted({ wantedSince }: Pick<Memory, 'wantedSince'>, services: readonly string[]): void {
  for (const service of wantedSince.keys()) if (!services.includes(service)) wantedSince.delete(service);
  for (const service of services) {
    if (!wantedSince.has(service)) wantedSince.set(service, performance.now());
  }
}

/** Whether the routers are to be asked: not all that are ready have said that they lead to this life of the pod. */
export function needsRouters(
  { routed }: Pick<Memory, 'routed'>,
  service: string,
  { view }: Pick<Made, 'view'>,
  ready: readonly string[],
): boolean {
  // Before its container runs a router can tell nothing that the pod does not.
  if (view.state.kind !== 'running') return false;
  const said = routed.get(service);
  return said?.life !== lifeOf(view) || !ready.every((uid) => said.routers.has(uid));
}

/**
 * Whether requests reach the fork. Once all ready routers said so for this life of the pod it stays so; those that
 * come, or come back, are asked as well. Until one says otherwise, what the status says of this life holds too.
 */
export function routeFact(
  { memory, resource }: Pick<Subject, 'memory' | 'resource'>,
  { service, workload }: ResourceFork,
  { view }: Pick<Made, 'view'>,
  routes: Routes,
  now = performance.now(),
): RouteFact {
  const podUid = view.pod?.metadata.uid ?? null;
  const sandboxUid = resource.metadata.uid ?? '';
  if (!routes.routable && workload === undefined) {
    // What the routers said was about the Service that went.
    memory.routed.delete(service);
    return {
      kind: 'pending',
      message: `Service ${service} is gone; once it is back, it is enrolled again.`,
      refusal: null,
    };
  }
  if (!routes.routable) {
    return view.state.kind === 'running' && view.state.podReady
      ? { kind: 'routed' }
      : { kind: 'pending', message: 'The pod is not ready.', refusal: 'fork-not-ready' };
  }
  const said = memory.routed.get(service);
  if (said !== undefined) {
    // One that is not ready now is asked again once it is: nobody knows what it missed.
    const routers = new Set(routes.ready.filter((uid) => said.routers.has(uid)));
    memory.routed.set(service, { life: said.life, routers });
  }
  const wanted = { service, podUid, sandboxUid, writtenMs: now - (memory.wantedSince.get(service) ?? now) };
  if (routes.ready.length === 0) return routeOf(wanted, []);
  if (routes.trouble !== null)
    return { kind: 'pending', message: routes.trouble, refusal: null, astray: true };
  if (routes.views === null || !needsRouters(memory, service, { view }, routes.ready)) {
    return { kind: 'routed' };
  }
  const fact = routeOf(wanted, routes.views);
  if (fact.kind === 'routed') {
    memory.routed.set(service, { life: lifeOf(view), routers: new Set(routes.ready) });
    return fact;
  }
  const before = resource.status?.forks?.find((fork) => fork.service === service);
  const held =
    fact.refusal === null &&
    fact.astray !== true &&
    before?.ready === true &&
    before.podUID === view.pod?.metadata.uid &&
    before.restarts === view.restarts;
  return held ? { kind: 'routed' } : fact;
}

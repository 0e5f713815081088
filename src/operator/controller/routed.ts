import { type RouterRoutes, refusesWithinMs } from '../agent-api.ts';

/** The last answer of a router about a sandbox; null where it gave none yet, or gives none any more. */
export interface RouterView {
  readonly router: string;
  readonly uid: string;
  /** False: new connections do not go there, but those of before may still lead requests through it. */
  readonly ready: boolean;
  readonly routes: RouterRoutes | null;
}

/** What is to be reached. */
export interface RouteWanted {
  readonly service: string;
  readonly podUid: string | null;
  readonly sandboxUid: string;
  /** Since the API holds the key with this service. */
  readonly writtenMs: number;
}

export type RouteFact =
  | { readonly kind: 'routed' }
  /** `refusal`: what the routers answer keyed requests with meanwhile, where they say so. */
  | {
      readonly kind: 'pending';
      readonly message: string;
      readonly refusal: string | null;
      /** False: nothing takes connections on its port. */
      readonly listens?: boolean;
      /** True: a router said what cannot be where the fork was reached through it; what was true before is not. */
      readonly astray?: true;
      /** When it may be otherwise though nobody says anything. */
      readonly againMs?: number;
    };

/**
 * Whether requests for a service reach this very pod through every ready router: the route is loaded, leads to the
 * pod, and a canary was seen at it. Without a router there is no way to a fork. No other router may lead the key to the
 * baseline either: it knows the sandbox, or has had the time by which it refuses what it does not know.
 */
export function routeOf(wanted: RouteWanted, routers: readonly RouterView[]): RouteFact {
  const { service, podUid } = wanted;
  const ready = routers.filter((one) => one.ready);
  if (ready.length === 0) return pending('No router of the namespace is ready.');
  for (const { router, routes } of ready) {
    if (routes === null) return pending(`Router ${router} has not answered yet.`);
    if (typeof routes.trouble === 'string') return astray(`Router ${router} ${routes.trouble}.`);
    if (!routes.loaded) return pending(`Router ${router} is still loading its table.`);
    const fork = routes.forks.find((each) => each.service === service);
    if (fork === undefined) return astray(`Router ${router} does not know of the fork yet.`);
    if (fork.state !== 'routed') {
      const { message, reason, listens = true } = fork;
      return pending(message ?? `Router ${router} refuses the route (${reason}).`, reason, listens);
    }
    if (podUid === null || fork.instance?.split('/')[0] !== podUid) {
      return astray(`Router ${router} still leads to the pod of before.`);
    }
    if (fork.canary === 'pending') {
      return pending(fork.message ?? `Router ${router} has not seen its canary at the fork yet.`);
    }
  }
  const againMs = refusesWithinMs - wanted.writtenMs;
  const unheard = routers.find((one) => !one.ready && !knows(one, wanted));
  if (unheard === undefined || againMs <= 0) return { kind: 'routed' };
  return {
    ...pending(
      `Router ${unheard.router} is not ready, may still have callers, and has not said that it knows the key: ` +
        `the sandbox is ready when it has, when it is gone, or ${refusesWithinMs / 1000} s after the key was written, when it refuses it.`,
    ),
    againMs,
  };
}

/** What keeps a ready router from knowing its namespace, as a sentence; null where nothing does. */
export function troubleOf(states: readonly RouterView[]): string | null {
  const told = states.find(({ ready, routes }) => ready && typeof routes?.trouble === 'string');
  return told === undefined ? null : `Router ${told.router} ${told.routes?.trouble}.`;
}

/** Whatever it does with the key, it does not take it for one that was never minted. */
function knows({ routes }: RouterView, { service, sandboxUid }: RouteWanted): boolean {
  if (routes === null || !routes.loaded) return false;
  return routes.forks.some((fork) => fork.service === service && fork.sandboxUid === sandboxUid);
}

type Pending = Extract<RouteFact, { kind: 'pending' }>;

function pending(message: string, refusal: string | null = null, listens = true): Pending {
  return { kind: 'pending', message, refusal, ...(listens ? {} : { listens }) };
}

function astray(message: string): Pending {
  return { ...pending(message), astray: true };
}

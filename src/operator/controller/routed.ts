import type { RouterRoutes } from '../agent-api.ts';

/** The last answer of a router about a sandbox; null where it gave none yet, or gives none any more. */
export interface RouterView {
  readonly router: string;
  readonly routes: RouterRoutes | null;
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
    };

/**
 * Whether requests for a service reach this very pod through every ready router: the route is loaded, leads to the
 * pod, and a canary was seen at it. Without a router there is no way to a fork.
 */
export function routeOf(service: string, podUid: string | null, routers: readonly RouterView[]): RouteFact {
  if (routers.length === 0) return pending('No router of the namespace is ready.');
  for (const { router, routes } of routers) {
    if (routes === null) return pending(`Router ${router} has not answered yet.`);
    if (typeof routes.trouble === 'string') return pending(`Router ${router} ${routes.trouble}.`);
    if (!routes.loaded) return pending(`Router ${router} is still loading its table.`);
    const fork = routes.forks.find((each) => each.service === service);
    if (fork === undefined) return pending(`Router ${router} does not know of the fork yet.`);
    if (fork.state !== 'routed') {
      const { message, reason, listens = true } = fork;
      return pending(message ?? `Router ${router} refuses the route (${reason}).`, reason, listens);
    }
    if (podUid === null || fork.instance?.split('/')[0] !== podUid) {
      return pending(`Router ${router} still leads to the pod of before.`);
    }
    if (fork.canary === 'pending') {
      return pending(fork.message ?? `Router ${router} has not seen its canary at the fork yet.`);
    }
  }
  return { kind: 'routed' };
}

function pending(message: string, refusal: string | null = null, listens = true): RouteFact {
  return { kind: 'pending', message, refusal, ...(listens ? {} : { listens }) };
}

import { z } from 'zod';
import type { Pod, Service } from '../../kube/objects.ts';
import { ports } from '../../sandbox/cluster-names.ts';
import type { RouterPort } from '../agent-api.ts';
import type { Route } from './routes.ts';

/** A router that takes requests, and what its map holds. */
export interface ReadyRouter {
  readonly pod: string;
  readonly enrolled: readonly RouterPort[];
}

const answer = z.array(
  z.object({
    service: z.string(),
    port: z.number(),
    routerPort: z.number(),
    protocol: z.enum(['http', 'tcp']),
    baseline: z.string(),
    // Routers of an earlier version do not tell.
    connections: z.number().default(0),
    reachable: z.boolean().default(true),
  }),
);

const readyAnswer = z.object({ trouble: z.string().nullable().default(null) });

const patienceMs = 2_000;

/** Asks the agents of all ready router pods. One that does not answer holds nothing, as far as we know. */
export function askRouters(pods: readonly Pod[], signal: AbortSignal): Promise<readonly ReadyRouter[]> {
  return Promise.all(
    pods
      .filter(isReady)
      .map(async (pod) => ({ pod: pod.metadata.name, enrolled: await askEnrolled(pod, signal) })),
  );
}

export function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined &&
    status?.podIP !== undefined &&
    status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

async function askEnrolled(pod: Pod, signal: AbortSignal): Promise<readonly RouterPort[]> {
  const address = pod.status?.podIP ?? '';
  const host = address.includes(':') ? `[${address}]` : address;
  try {
    const response = await fetch(`http://${host}:${ports.routerAgent}/v1/enrolled`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    return response.ok ? answer.parse(await response.json()) : [];
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** What keeps routers from being ready, as far as their agents say; empty where they do not. */
export async function askTroubles(pods: readonly Pod[], signal: AbortSignal): Promise<readonly string[]> {
  const said = await Promise.all(
    pods.map(async (pod) => {
      const text = await askTrouble(pod, signal);
      return text === null ? [] : [`router ${pod.metadata.name} ${text}`];
    }),
  );
  return said.flat();
}

async function askTrouble({ metadata, status }: Pod, signal: AbortSignal): Promise<string | null> {
  if (metadata.deletionTimestamp !== undefined || status?.podIP === undefined) return null;
  const host = status.podIP.includes(':') ? `[${status.podIP}]` : status.podIP;
  try {
    const response = await fetch(`http://${host}:${ports.routerAgent}/readyz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    });
    return readyAnswer.parse(await response.json()).trouble;
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

/** Nodes lead a new Service somewhere within this time. */
const reachMs = 20_000;

/** Whether every ready router, and there is one, leads these ports to that shadow, and was seen to get there. */
export function allLoaded(
  routers: readonly ReadyRouter[],
  service: string,
  shadow: Service,
  routes: readonly Route[],
  now: number,
): boolean {
  const { clusterIP = '' } = shadow.spec;
  // A baseline without pods takes no connection, and loses none by the swap.
  const isOld = now - Date.parse(shadow.metadata.creationTimestamp ?? '') > reachMs;
  const host = clusterIP.includes(':') ? `[${clusterIP}]` : clusterIP;
  return (
    routers.length > 0 &&
    routers.every(({ enrolled }) =>
      routes.every((route) =>
        enrolled.some(
          (one) =>
            one.service === service &&
            one.port === route.port &&
            one.routerPort === route.routerPort &&
            one.baseline === `${host}:${route.port}` &&
            (one.reachable || isOld),
        ),
      ),
    )
  );
}

/** Connections on which callers may still send requests to a Service through routers. Streams of bytes go on by themselves. */
export function connectionsTo(routers: readonly ReadyRouter[], service: string): number {
  return routers
    .flatMap(({ enrolled }) => enrolled)
    .filter((one) => one.service === service && one.protocol === 'http')
    .reduce((sum, { connections }) => sum + connections, 0);
}

import { z } from 'zod';
import type { Service, ServicePort } from '../../kube/objects.ts';
import { annotations, ports as numbers } from '../../sandbox/cluster-names.ts';
import { protocolOf } from './protocol.ts';

/** One port of an enrolled Service and the port of the router that stands for it. */
export interface Route {
  readonly port: number;
  readonly routerPort: number;
  readonly protocol: 'http' | 'tcp';
}

const schema = z.array(
  z.object({ port: z.number().int(), routerPort: z.number().int(), protocol: z.enum(['http', 'tcp']) }),
);

/** What the annotation of a shadow says; nothing where it is missing or broken. */
export function routesOf(shadow: Service | null): readonly Route[] {
  try {
    const parsed = schema.safeParse(JSON.parse(shadow?.metadata.annotations?.[annotations.routes] ?? '[]'));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

/**
 * A router port for each port: the one it has, else the lowest that no other Service of the namespace holds. Null where
 * the range is used up.
 */
export function assignRoutes(
  ports: readonly ServicePort[],
  held: readonly Route[],
  taken: ReadonlySet<number>,
): readonly Route[] | null {
  const used = new Set(taken);
  const routes: Route[] = [];
  for (const port of ports) {
    const protocol = protocolOf(port);
    const kept = held.find((route) => route.port === port.port && route.protocol === protocol);
    const routerPort =
      kept !== undefined && !used.has(kept.routerPort) ? kept.routerPort : lowestFree(protocol, used, held);
    if (routerPort === null) return null;
    used.add(routerPort);
    routes.push({ port: port.port, routerPort, protocol });
  }
  return routes;
}

function lowestFree(
  protocol: 'http' | 'tcp',
  used: ReadonlySet<number>,
  held: readonly Route[],
): number | null {
  const first = protocol === 'http' ? numbers.routerHttpFirst : numbers.routerTcpFirst;
  for (let port = first; port < first + numbers.routerRange; port++) {
    if (!used.has(port) && !held.some(({ routerPort }) => routerPort === port)) return port;
  }
  return null;
}

import { haproxyPaths } from '../../routing/haproxy/config.ts';
import { writeHaproxyFiles } from '../../routing/haproxy/files.ts';
import { ports } from '../../sandbox/cluster-names.ts';

export interface RouterFilesOptions {
  readonly folder: string;
  /** Of the pod; where it is IPv6, HAProxy listens on both families. */
  readonly podIP?: string;
}

/** What a router's HAProxy container starts from: `haproxy -db -f <folder>/haproxy.cfg`. */
export async function writeRouterFiles({ folder, podIP = '' }: RouterFilesOptions): Promise<void> {
  await writeHaproxyFiles({
    folder,
    bind: podIP.includes(':') ? '::' : '0.0.0.0',
    http: { first: ports.routerHttpFirst, count: ports.routerRange },
    tcp: { first: ports.routerTcpFirst, count: ports.routerRange },
    hardStopSeconds: 25,
  });
}

/** HAProxy's container makes this file before it stops: from then on answers carry `Connection: close`. */
export function drainingFile(folder: string): string {
  return `${folder}/draining`;
}

export function routerPaths(folder: string): ReturnType<typeof haproxyPaths> {
  return haproxyPaths(folder);
}

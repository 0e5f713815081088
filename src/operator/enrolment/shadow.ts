import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../kube/objects.ts';
import { annotations, labels } from '../../sandbox/cluster-names.ts';
import { type Manifest, ourLabels } from '../install/manifest.ts';
import { shadowName } from './names.ts';
import type { Original } from './original.ts';
import { type Route, routesOf } from './routes.ts';

/** The Service that still leads to the baseline's pods. Goes with the Service that it stands behind. */
export function shadowManifest(
  systemNamespace: string,
  service: Service,
  original: Original,
  routes: readonly Route[],
  workloads: readonly string[],
): Manifest {
  const { name, namespace, uid = '' } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: shadowName(name),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...ourLabels(systemNamespace, 'shadow'), [labels.service]: name },
      annotations: {
        [annotations.routes]: JSON.stringify(routes),
        [annotations.workloads]: JSON.stringify(workloads),
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid }],
    },
    spec: { selector: original.spec.selector, ports: shadowPorts(original) },
  };
}

function shadowPorts({ spec }: Original) {
  return (spec.ports ?? []).map(({ nodePort: _, ...port }) => port);
}

/** Whether the shadow leads where the Service would, and says the same routes and workloads. */
export function shadowFits(
  shadow: Service,
  service: Service,
  original: Original,
  routes: readonly Route[],
  workloads: readonly string[],
): boolean {
  return (
    shadow.metadata.ownerReferences?.[0]?.uid === service.metadata.uid &&
    shadow.metadata.annotations?.[annotations.releasing] === undefined &&
    isDeepStrictEqual(routesOf(shadow), routes) &&
    shadow.metadata.annotations?.[annotations.workloads] === JSON.stringify(workloads) &&
    isDeepStrictEqual(shadow.spec.selector, original.spec.selector) &&
    isDeepStrictEqual(
      shadow.spec.ports?.map(({ nodePort: _, ...port }) => port),
      shadowPorts(original),
    )
  );
}

/** The shadow of a Service of that name; `taken` where the name belongs to a Service that is not ours. */
export function findShadow(services: readonly Service[], service: string): Service | 'taken' | null {
  const found = services.find(({ metadata }) => metadata.name === shadowName(service));
  if (found === undefined) return null;
  const { labels: given = {} } = found.metadata;
  return given[labels.role] === 'shadow' && given[labels.service] === service ? found : 'taken';
}

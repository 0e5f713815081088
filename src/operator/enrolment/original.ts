import { z } from 'zod';
import type { Service, ServicePort } from '../../kube/objects.ts';
import type { Labels } from '../../kube/selector.ts';
import { annotations, fieldManagers } from '../../sandbox/cluster-names.ts';
import { routerSelector } from '../install/router.ts';
import { type ManagedEntry, withoutOurs } from './managed-fields.ts';
import { type Route, routesOf } from './routes.ts';

/** A Service as it was, or would be, without us: what the annotation of an enrolled one keeps. */
export interface Original {
  readonly spec: Service['spec'];
  readonly managedFields: readonly ManagedEntry[];
  /** Router ports that the Service was pointed to. */
  readonly routes: readonly Route[];
}

const schema = z.object({
  spec: z.looseObject({}),
  managedFields: z.array(z.looseObject({})),
  routes: z.array(z.object({ port: z.number(), routerPort: z.number(), protocol: z.enum(['http', 'tcp']) })),
});

/** Null where the Service carries none, or one that was broken by hand. */
export function storedOriginal(service: Service): Original | null {
  const text = service.metadata.annotations?.[annotations.original];
  if (text === undefined) return null;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as unknown as Original) : null;
  } catch {
    return null;
  }
}

/** Whether its selector leads to the routers. */
export function isSwapped(service: Service): boolean {
  const selector = service.spec.selector ?? {};
  const wanted = Object.entries(routerSelector);
  return (
    Object.keys(selector).length === wanted.length && wanted.every(([key, value]) => selector[key] === value)
  );
}

/**
 * Whether it is pointed to the routers, or was: an owner that applies by merging maps (kubectl apply, Helm 3, Argo CD
 * without server-side apply) adds its own labels to our selector, and then no pod at all is selected.
 */
export function hasOurSelector({ spec: { selector = {} } }: Service): boolean {
  return Object.entries(routerSelector).every(([key, value]) => selector[key] === value);
}

/** What its owner says beside our labels. */
function withoutOurSelector(selector: Labels): Labels {
  const ours = Object.entries(routerSelector);
  return Object.fromEntries(
    Object.entries(selector).filter(
      ([key, value]) => !ours.some(([ourKey, our]) => key === ourKey && value === our),
    ),
  );
}

/** What an enrolled Service was, as its shadow knows it: for one whose annotation was taken off. */
export function originalOfShadow(service: Service, shadow: Service): Original {
  const { selector } = shadow.spec;
  const ports = (service.spec.ports ?? []).map((port) => {
    const before = shadow.spec.ports?.find((one) => one.port === port.port && one.protocol === port.protocol);
    return before?.targetPort === undefined ? port : { ...port, targetPort: before.targetPort };
  });
  const spec = { ...service.spec, ...(selector === undefined ? {} : { selector }), ports };
  return { spec, managedFields: [], routes: routesOf(shadow) };
}

/**
 * What the Service would be if it were released now. What we pointed to routers gets its old value; what its owner
 * changed meanwhile stays as the owner wants it.
 */
export function originalOf(service: Service): Original {
  const stored = storedOriginal(service);
  const current = (service.metadata.managedFields ?? []) as readonly ManagedEntry[];
  const managedFields = withoutOurs(current, stored?.managedFields ?? [], fieldManagers.controller);
  if (stored === null) return { spec: service.spec, managedFields, routes: [] };
  const merged = hasOurSelector(service) ? withoutOurSelector(service.spec.selector ?? {}) : null;
  const selector =
    merged === null
      ? service.spec.selector
      : Object.keys(merged).length === 0
        ? stored.spec.selector
        : merged;
  const ports = (service.spec.ports ?? []).map((port) => originalPort(port, stored));
  return {
    spec: { ...service.spec, ...(selector === undefined ? {} : { selector }), ports },
    managedFields,
    routes: stored.routes,
  };
}

function originalPort(port: ServicePort, { spec, routes }: Original): ServicePort {
  const ours = routes.find((route) => route.port === port.port);
  if (ours === undefined || port.targetPort !== ours.routerPort) return port;
  const before = spec.ports?.find((one) => one.port === port.port && one.protocol === port.protocol);
  return before?.targetPort === undefined ? port : { ...port, targetPort: before.targetPort };
}

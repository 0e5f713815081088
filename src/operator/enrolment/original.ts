import { z } from 'zod';
import type { Service, ServicePort } from '../../kube/objects.ts';
import { annotations, fieldManagers } from '../../sandbox/cluster-names.ts';
import { routerSelector } from '../install/router.ts';
import { type ManagedEntry, withoutOurs } from './managed-fields.ts';
import type { Route } from './routes.ts';

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
 * What the Service would be if it were released now. What we pointed to routers gets its old value; what its owner
 * changed meanwhile stays as the owner wants it.
 */
export function originalOf(service: Service): Original {
  const stored = storedOriginal(service);
  const current = (service.metadata.managedFields ?? []) as readonly ManagedEntry[];
  const managedFields = withoutOurs(current, stored?.managedFields ?? [], fieldManagers.controller);
  if (stored === null) return { spec: service.spec, managedFields, routes: [] };
  const selector = isSwapped(service) ? stored.spec.selector : service.spec.selector;
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

import type { Container, PodSpec, Service, ServicePort } from '../../kube/objects.ts';

/** Which container of a pod gets the fork's source. */
export type Choice =
  | { readonly kind: 'chosen'; readonly name: string }
  | { readonly kind: 'unknown'; readonly asked: string; readonly names: readonly string[] }
  | { readonly kind: 'unclear'; readonly names: readonly string[] };

/**
 * The one that is asked for, else the one that owns the target port of the Service (the first of its TCP ports that
 * some container declares), else the only one. `service` is the one with the original target ports: the shadow where
 * it is enrolled; null where the workload has none.
 */
export function chooseContainer(asked: string | undefined, pod: PodSpec, service: Service | null): Choice {
  const names = pod.containers.map(({ name }) => name);
  if (asked !== undefined) {
    return names.includes(asked) ? { kind: 'chosen', name: asked } : { kind: 'unknown', asked, names };
  }
  const [only] = names;
  if (names.length === 1 && only !== undefined) return { kind: 'chosen', name: only };
  for (const port of service?.spec.ports ?? []) {
    const owners = pod.containers.filter((container) => owns(container, port));
    const [owner] = owners;
    if (owners.length === 1 && owner !== undefined) return { kind: 'chosen', name: owner.name };
  }
  return { kind: 'unclear', names };
}

function owns(container: Container, { port, targetPort = port, protocol = 'TCP' }: ServicePort): boolean {
  if (protocol !== 'TCP') return false;
  return (container.ports ?? []).some(
    ({ name, containerPort, protocol: own = 'TCP' }) =>
      own === 'TCP' && (typeof targetPort === 'number' ? containerPort === targetPort : name === targetPort),
  );
}

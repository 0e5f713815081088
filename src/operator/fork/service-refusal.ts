import type { Service, ServicePort } from '../../kube/objects.ts';

/** Why something is not done, and what to do. `reason` is stable and CamelCase. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  readonly next: string;
}

export type RefusalReason =
  | 'ServiceMissing'
  | 'WorkloadMissing'
  | 'WorkloadAmbiguous'
  | 'NotADeployment'
  | 'Headless'
  | 'ExternalName'
  | 'NoSelector'
  | 'UdpOnly'
  | 'TlsPort'
  | 'SessionAffinity'
  | 'LocalTraffic'
  | 'VolumeInUse'
  | 'HostPort'
  | 'HostNetwork'
  | 'ContainerUnknown'
  | 'ContainerUnclear'
  | 'ContainerNotServing'
  | 'SharedEffects'
  | 'ForeignReference';

/** Why a Service cannot be enrolled: the router would not stand in for it unseen. Null where it can. */
export function serviceRefusal(service: Service): Refusal | null {
  const { name } = service.metadata;
  const { spec } = service;
  const say = (reason: RefusalReason, why: string, next: string): Refusal => ({
    reason,
    message: `Service ${name} ${why}.`,
    next,
  });
  if (spec.type === 'ExternalName') {
    return say(
      'ExternalName',
      'is of type ExternalName: what serves it is outside of the cluster',
      'Fork a service of this namespace that calls it instead.',
    );
  }
  if (spec.clusterIP === 'None') {
    return say(
      'Headless',
      'is headless (clusterIP: None): its callers reach pods directly, past every router',
      `Give callers a Service with a cluster IP for the same pods, and fork that one.`,
    );
  }
  if (Object.keys(spec.selector ?? {}).length === 0) {
    return say(
      'NoSelector',
      'has no selector: its endpoints are kept by hand or by another controller',
      'Give the Service a selector, or fork another one.',
    );
  }
  const ports = spec.ports ?? [];
  if (!ports.some(({ protocol = 'TCP' }) => protocol === 'TCP')) {
    return say(
      'UdpOnly',
      'has no TCP port',
      'Only HTTP over TCP can be routed by request; fork another one.',
    );
  }
  if (ports.some(({ protocol = 'TCP' }) => protocol !== 'TCP')) {
    return say(
      'UdpOnly',
      `has a ${ports.find(({ protocol }) => protocol !== 'TCP')?.protocol} port, which a router cannot pass on`,
      'Put that port into a Service of its own, and fork the one with the HTTP ports.',
    );
  }
  const tls = ports.find(isTls);
  if (tls !== undefined) {
    return say(
      'TlsPort',
      `has the TLS port ${tls.name ?? tls.port}: the routing key cannot be read there`,
      'End TLS before the Service (ingress, mesh), or put the plain HTTP port into a Service of its own.',
    );
  }
  if ((spec.sessionAffinity ?? 'None') !== 'None') {
    return say(
      'SessionAffinity',
      `has sessionAffinity ${spec.sessionAffinity}, which a router in between would break`,
      `Set sessionAffinity: None on Service ${name}, or fork another one.`,
    );
  }
  const local = (['internalTrafficPolicy', 'externalTrafficPolicy'] as const).find(
    (field) => spec[field] === 'Local',
  );
  if (local !== undefined) {
    return say(
      'LocalTraffic',
      `has ${local}: Local, which only pods on the caller's node can keep`,
      `Set ${local}: Cluster on Service ${name}, or fork another one.`,
    );
  }
  return null;
}

/** By what the port says of itself; a port that says nothing is taken for plain. */
export function isTls({ name = '', port, appProtocol = '' }: ServicePort): boolean {
  return (
    /^(https|tls|wss|kubernetes\.io\/wss)$/i.test(appProtocol) ||
    /^(https|tls)(-|$)/.test(name) ||
    port === 443
  );
}

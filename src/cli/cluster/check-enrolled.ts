import { type Channel, openChannel } from '../../cluster/channel.ts';
import type { Deployment, NetworkPolicy, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { noLog } from '../../log.ts';
import { type EnrolmentList, getList } from '../../operator/enrolment/list.ts';
import { networkRefusal } from '../../operator/enrolment/network-refusal.ts';
import { originalOf, storedOriginal } from '../../operator/enrolment/original.ts';
import { originalService, ownServices, wantedServices } from '../../operator/enrolment/wanted.ts';
import { serviceRefusal } from '../../operator/fork/service-refusal.ts';
import { sendCanary } from './canary.ts';
import { listed, permitted, type Target, wrong } from './check.ts';

interface Trouble {
  readonly what: string;
  readonly next: string;
}

/** What is to be enrolled and is not, then a canary through each that is, by the gateway, as agents reach them. */
export async function enrolled(target: Target): Promise<string> {
  const { kube, namespace, signal } = target;
  const channel = openChannel({ kube, namespace, log: noLog });
  try {
    const services = (await channel.services(signal)).filter((service) => service.enrolled);
    const [left, canaries] = await Promise.all([
      leftOut(target),
      Promise.all(services.map(({ name, port }) => canaryOf(target, channel, name, port))),
    ]);
    const troubles = [...left, ...canaries.filter((one) => one !== null)];
    if (troubles.length > 0) {
      const next = [...new Set(troubles.map((one) => one.next))].join(' ');
      throw wrong(troubles.map(({ what }) => what).join(' '), next);
    }
    if (services.length === 0) return `none yet in ${namespace}: the first sandbox enrols what it forks`;
    const spoken = services.filter(({ port }) => port !== null).map(({ name }) => name);
    const silent = services.filter(({ port }) => port === null).map(({ name }) => name);
    return [
      ...(spoken.length === 0 ? [] : [`${spoken.join(', ')}: a canary passed the router of each`]),
      ...(silent.length === 0 ? [] : [`${silent.join(', ')}: no HTTP port, so no canary`]),
    ].join('; ');
  } finally {
    await channel.close();
  }
}

async function canaryOf(
  { namespace, signal }: Target,
  channel: Channel,
  name: string,
  port: number | null,
): Promise<Trouble | null> {
  const trouble = port === null ? null : await sendCanary(channel, name, port, signal);
  if (trouble === null) return null;
  const what = `Service ${name}: ${trouble.what}.`;
  switch (trouble.kind) {
    case 'past-the-router':
      return { what, next: `Run seatrial enroll --namespace ${namespace} ${name}.` };
    case 'baseline-down':
      return {
        what,
        next: `See kubectl -n ${namespace} get pods: what served ${name} before any sandbox has to be ready.`,
      };
    case 'no-answer':
      return {
        what,
        next: `See kubectl -n ${namespace} describe service ${name}, and the log of the routers.`,
      };
  }
}

/** Services that the list wants and that lead past the routers; nothing where the user may not look. */
async function leftOut(target: Target): Promise<readonly Trouble[]> {
  const { kube, namespace, signal } = target;
  const [list, services, deployments, policies] = await Promise.all([
    permitted(() => getList(kube, namespace, signal)),
    listed<Service>(target, resources.services, null, namespace),
    listed<Deployment>(target, resources.deployments, null, namespace),
    listed<NetworkPolicy>(target, resources.networkPolicies, null, namespace),
  ]);
  if (list === null || services === null || deployments === null || policies === null) return [];
  const wanted = wantedServices({ services, deployments, sandboxes: [], list });
  const missing = ownServices(services)
    .filter((service) => wanted.has(service.metadata.name) && storedOriginal(service) === null)
    .map((service) => whyNot(service, namespace, deployments, policies));
  return [...stopped(list), ...missing];
}

function stopped(list: EnrolmentList): readonly Trouble[] {
  return Object.entries(list).flatMap(([name, { stopped: why }]) =>
    why === undefined
      ? []
      : [{ what: `Service ${name} is not enrolled any more: ${why.message}`, next: why.next }],
  );
}

function whyNot(
  service: Service,
  namespace: string,
  deployments: readonly Deployment[],
  policies: readonly NetworkPolicy[],
): Trouble {
  const { name } = service.metadata;
  const refusal =
    serviceRefusal(originalService(service)) ??
    networkRefusal({ name, namespace, original: originalOf(service) }, deployments, policies);
  if (refusal !== null) {
    return {
      what: `Service ${name} cannot be enrolled: ${refusal.message}`,
      next: `${refusal.next} Or take it off the list: seatrial release --namespace ${namespace} ${name}.`,
    };
  }
  return {
    what: `Service ${name} is on the list, and is not enrolled: its requests go past the routers.`,
    next: 'Mend controller and routers where they are not well; it is then enrolled by itself.',
  };
}

import { mintKey } from '../../routing/key.ts';
import type { SandboxResourceStatus } from '../../sandbox/resource.ts';
import type { Problem } from './facts.ts';
import { forbidden } from './forbidden.ts';
import { leaseOf } from './lease.ts';
import { conditionsOf, servicesText } from './status.ts';
import { decideWrite } from './status-write.ts';
import type { Subject, World } from './world.ts';
import { writeStatus } from './writes.ts';

/**
 * Says in the status what keeps the controller from a Sandbox as a whole. It has failed for as long as that lasts, also
 * where it served: nobody sees to its forks. Resolves with false where the status cannot be written either; an Event
 * says it then.
 */
export async function tellProblem(
  world: World,
  subject: Subject,
  { reason, message, next }: Problem,
  signal: AbortSignal,
): Promise<boolean> {
  const { resource, memory } = subject;
  const { spec, status: before, metadata } = resource;
  const no = { status: 'False', reason, message: `${message} ${next}` } as const;
  const going = { status: 'False', reason: 'LeaseActive', message: '' } as const;
  const forks = spec.forks.map(({ service }) => {
    const known = before?.forks?.find((fork) => fork.service === service);
    return { restarts: 0, ...known, service, ready: false, reason, message, next };
  });
  const lease = leaseOf(resource, Date.now());
  const status: SandboxResourceStatus = {
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    phase: 'Failed',
    routingKey: before?.routingKey ?? mintKey(),
    services: servicesText(spec.forks.map(({ service }) => service)),
    expiresAt: new Date(lease.expiry).toISOString(),
    lease: lease.seen,
    conditions: conditionsOf(
      { resource, nowEpochMs: Date.now() },
      { Forked: no, Routed: no, Ready: no, Expiring: going },
    ),
    forks,
  };
  const isNews = memory.toldProblem !== message;
  memory.toldProblem = message;
  if (isNews) world.events.warning(resource, reason, `${message} ${next}`);
  try {
    if (decideWrite(before, status, performance.now() - memory.lastWriteMs).kind === 'now') {
      await writeStatus(world, subject, status, signal);
    }
    return true;
  } catch (error) {
    const also = forbidden(error);
    if (also === null) throw error;
    if (isNews) world.events.warning(resource, reason, `${also.message} ${also.next}`);
    return false;
  }
}

import type { Condition } from '../../kube/objects.ts';
import type { SandboxResourceStatus } from '../../sandbox/resource.ts';
import type { EnrolmentFact, SandboxFacts } from './facts.ts';
import { type JudgedFork, judgeForkStatus } from './fork-status.ts';
import { leaseOf } from './lease.ts';

export interface NextStatus {
  readonly status: SandboxResourceStatus;
  /** Look again then, though nothing may change; null where events tell. */
  readonly recheckMs: number | null;
  /** A running container waits for its routes: the routers are to be asked. */
  readonly ready: boolean;
}

interface Said {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** The status of a Sandbox that is not being torn down. Conditions and their reasons are the contract. */
export function nextStatus(facts: SandboxFacts): NextStatus {
  const { resource, routingKey, nowEpochMs } = facts;
  const forks = facts.forks.map((fork) => judgeForkStatus(fork, nowEpochMs));
  const { expiry, seen } = leaseOf(resource, nowEpochMs);
  const forked = forkedOf(forks);
  const routed = routedOf(facts, forks);
  const ready = readyOf(forks, forked, routed, facts.enrolment);
  const over = expiry <= nowEpochMs;
  const expiring: Said = over
    ? { status: 'True', reason: 'LeaseExpired', message: 'The lease is over.' }
    : { status: 'False', reason: 'LeaseActive', message: '' };
  const failed = forks.some((fork) => fork.failed) || facts.enrolment.kind === 'refused';
  const phase = over ? 'Expiring' : ready.status === 'True' ? 'Ready' : failed ? 'Failed' : 'Provisioning';
  const rechecks = forks.flatMap(({ recheckMs }) => (recheckMs === null ? [] : [recheckMs]));
  return {
    status: {
      ...(resource.metadata.generation === undefined
        ? {}
        : { observedGeneration: resource.metadata.generation }),
      phase,
      routingKey,
      services: servicesText(resource.spec.forks.map(({ service }) => service)),
      expiresAt: new Date(expiry).toISOString(),
      lease: seen,
      conditions: conditionsOf(facts, { Forked: forked, Routed: routed, Ready: ready, Expiring: expiring }),
      forks: forks.map(({ status }) => status),
    },
    recheckMs: Math.min(...rechecks, expiry - nowEpochMs),
    ready: ready.status === 'True',
  };
}

export function servicesText(services: readonly string[]): string {
  return services.join(',');
}

/** Conditions as they stand, with the time of before where the status is the same. */
export function conditionsOf(
  { resource, nowEpochMs }: Pick<SandboxFacts, 'resource' | 'nowEpochMs'>,
  said: Readonly<Record<string, Said>>,
): readonly Condition[] {
  const before = resource.status?.conditions ?? [];
  return Object.entries(said).map(([type, { status, reason, message }]) => {
    const old = before.find((condition) => condition.type === type);
    const same = old?.status === status && old.lastTransitionTime !== undefined;
    return {
      type,
      status,
      reason,
      message,
      lastTransitionTime: same
        ? (old?.lastTransitionTime ?? '')
        : new Date(nowEpochMs).toISOString().replace(/\.\d+Z$/, 'Z'),
      ...(resource.metadata.generation === undefined
        ? {}
        : { observedGeneration: resource.metadata.generation }),
    };
  });
}

function forkedOf(forks: readonly JudgedFork[]): Said {
  const worst = forks.find((fork) => fork.failed && !fork.running) ?? forks.find(({ running }) => !running);
  if (worst === undefined) return { status: 'True', reason: 'Running', message: 'All forks run.' };
  const { service, reason = 'Creating', message = '' } = worst.status;
  return { status: 'False', reason, message: `${service}: ${message}` };
}

function routedOf({ enrolment, routersReady }: SandboxFacts, forks: readonly JudgedFork[]): Said {
  if (enrolment.kind === 'refused') {
    return { status: 'False', reason: enrolment.reason, message: enrolment.message };
  }
  if (enrolment.kind === 'pending') {
    return { status: 'False', reason: 'Enrolling', message: enrolment.message };
  }
  if (routersReady === 0) {
    return { status: 'False', reason: 'NoRouter', message: 'No router of the namespace is ready.' };
  }
  const waiting = forks.find(({ status }) => !status.ready);
  if (waiting === undefined) {
    return { status: 'True', reason: 'RoutesLoaded', message: 'Every ready router has the routes.' };
  }
  return {
    status: 'False',
    reason: waiting.running ? 'RoutesPending' : 'ForkNotRunning',
    message: `${waiting.status.service}: ${waiting.status.message ?? ''}`,
  };
}

function readyOf(forks: readonly JudgedFork[], forked: Said, routed: Said, enrolment: EnrolmentFact): Said {
  const failed = forks.find((fork) => fork.failed);
  if (failed !== undefined) {
    const { service, reason = 'Failed', message = '', next } = failed.status;
    return {
      status: 'False',
      reason,
      message: `${service}: ${message}${next === undefined ? '' : ` ${next}`}`,
    };
  }
  if (enrolment.kind === 'refused') {
    return { status: 'False', reason: enrolment.reason, message: `${enrolment.message} ${enrolment.next}` };
  }
  if (forked.status === 'False') return forked;
  if (routed.status === 'False') return routed;
  const names = forks.map(({ status }) => status.service).join(', ');
  return { status: 'True', reason: 'Serving', message: `Requests with the key reach the fork of ${names}.` };
}

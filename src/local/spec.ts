import type { Config, ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { checkName } from '../sandbox/name.ts';
import type { ForkSpec, SandboxSpec } from '../sandbox/sandbox.ts';

/** A day, as `lease.maxSeconds` in a cluster. */
const maxLeaseSeconds = 86_400;

export interface PlannedFork {
  readonly spec: ForkSpec;
  readonly service: ServiceConfig;
  readonly tree: string;
  /** Equal where a running fork may stay: what it was made from and how it is run. */
  readonly identity: string;
}

export function checkSpec(spec: SandboxSpec): void {
  checkName(spec.name);
  if (spec.name === 'baseline') {
    throw new SeatrialError('invalid-argument', {
      what: 'A sandbox cannot be named `baseline`: addresses and results name the baseline so.',
      next: 'Choose another name.',
    });
  }
  checkLease(spec.leaseSeconds);
}

export function checkLease(seconds: number): void {
  if (Number.isFinite(seconds) && seconds >= 1 && seconds <= maxLeaseSeconds) return;
  throw new SeatrialError('invalid-argument', {
    what: `A lease of ${seconds} seconds is not possible.`,
    next: `Use 1 to ${maxLeaseSeconds} seconds; a lease can be renewed as often as you want.`,
  });
}

/** Ties forks to services. `baseline`: the names that have a router. */
export function planForks(
  forks: readonly ForkSpec[],
  baseline: Config['services'],
  config: Config['services'],
): PlannedFork[] {
  if (forks.length === 0) {
    throw new SeatrialError('invalid-argument', {
      what: 'A sandbox needs at least one fork.',
      next: 'Name the services to fork.',
    });
  }
  const seen = new Set<string>();
  return forks.map((spec) => {
    if (seen.has(spec.service)) {
      throw new SeatrialError('invalid-argument', {
        what: `Service ${spec.service} is named twice.`,
        next: 'Name each service once.',
      });
    }
    seen.add(spec.service);
    return planFork(spec, baseline, config);
  });
}

/** Throws `unknown-service` with the names that there are. */
export function serviceOf(services: Config['services'], name: string): ServiceConfig {
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  if (service !== undefined) return service;
  throw new SeatrialError('unknown-service', {
    what: `There is no service ${JSON.stringify(name.slice(0, 80))}.`,
    next: `Use one of: ${Object.keys(services).join(', ')}.`,
  });
}

function planFork(spec: ForkSpec, baseline: Config['services'], config: Config['services']): PlannedFork {
  const { revision } = spec;
  const inBaseline = serviceOf(baseline, spec.service);
  if (revision.kind === 'image') {
    throw new SeatrialError('needs-kubernetes', {
      what: `Service ${spec.service} was to be forked from an image, which the local engine cannot run.`,
      next: 'Leave `image` out to fork the working tree, or name a Kubernetes cluster in seatrial.yaml.',
    });
  }
  const service = serviceOf(config, spec.service);
  if (inBaseline.shared || service.shared) throw sharedService(spec.service);
  checkEnv(spec);
  const env = Object.entries(spec.env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { spec, service, tree: revision.tree, identity: JSON.stringify([revision.tree, env, service]) };
}

export function sharedService(name: string): SeatrialError {
  return new SeatrialError('shared-service', {
    what: `Service ${name} is shared: baseline and sandboxes use one process of it.`,
    next: 'Fork a service that is not `shared`, or take `shared: true` from it in seatrial.yaml.',
  });
}

function checkEnv({ service, env }: ForkSpec): void {
  for (const [name, value] of Object.entries(env)) {
    const reserved = name === 'PORT' || name.startsWith('SEATRIAL_');
    if (/^[A-Za-z_]\w*$/.test(name) && !reserved && !value.includes('\0')) continue;
    throw new SeatrialError('invalid-argument', {
      what: reserved
        ? `The environment variable ${name} of service ${service} is set by Seatrial.`
        : `${JSON.stringify(name.slice(0, 80))} of service ${service} is no environment variable that can be set.`,
      next: 'Use names of letters, digits and _, and values without a NUL byte.',
    });
  }
}

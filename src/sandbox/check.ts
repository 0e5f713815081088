import { SeatrialError } from '../errors.ts';
import { checkName } from './name.ts';
import type { ForkSpec, SandboxSpec } from './sandbox.ts';

/** What is asked of an engine, checked alike by all of them: `invalid-argument` where it cannot be. */

/** A day, as `lease.maxSeconds` in a cluster. */
const maxLeaseSeconds = 86_400;

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

export function checkForks(forks: readonly ForkSpec[]): void {
  if (forks.length === 0) {
    throw new SeatrialError('invalid-argument', {
      what: 'A sandbox needs at least one fork.',
      next: 'Name the services to fork.',
    });
  }
  const seen = new Set<string>();
  for (const { service } of forks) {
    if (seen.has(service)) {
      throw new SeatrialError('invalid-argument', {
        what: `Service ${service} is named twice.`,
        next: 'Name each service once.',
      });
    }
    seen.add(service);
  }
}

export function checkEnv({ service, env }: ForkSpec): void {
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

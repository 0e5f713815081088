import { SeatrialError } from '../errors.ts';
import type { Sandbox } from './sandbox.ts';

/** What host and engines say of sandboxes, in the same words. */

export const tornDown = {
  code: 'torn-down',
  message: 'It was torn down.',
  next: 'Provision again: it makes a new sandbox with a new key.',
} as const;

export const leaseEnded = {
  code: 'expired',
  message: 'Its lease ended, and it was removed.',
  next: 'Provision again; a longer `lease` keeps it longer.',
} as const;

export function notOwner(name: string): SeatrialError {
  return new SeatrialError('not-owner', {
    what: `Sandbox ${name} belongs to another user, repository or working tree.`,
    next: 'Work with your own: call provision_sandbox here, without a name or with another one.',
  });
}

export function tooMany(names: readonly string[]): SeatrialError {
  return new SeatrialError('too-many-sandboxes', {
    what: `You have ${names.length} sandboxes, as many as \`maxSandboxes\` allows.`,
    next: `Tear one down (${names.join(', ')}), or raise \`maxSandboxes\` in seatrial.yaml.`,
  });
}

/** `mine`: what the caller has, where that is known. */
export function unknownSandbox(name: string, mine: readonly string[] = []): SeatrialError {
  return new SeatrialError('unknown-sandbox', {
    what: `No sandbox ${JSON.stringify(name.slice(0, 80))} exists here.`,
    next:
      mine.length === 0
        ? 'Call provision_sandbox; inspect_sandbox lists those that you have.'
        : `Yours: ${mine.join(', ')}. Use one of them, or call provision_sandbox.`,
  });
}

export function sandboxGone({ name, reason }: Pick<Sandbox, 'name' | 'reason'>): SeatrialError {
  return new SeatrialError('sandbox-gone', {
    what: `Sandbox ${name} is gone.`,
    why: reason?.message ?? 'It was torn down or its lease ended.',
    next: reason?.next ?? tornDown.next,
  });
}

export function sandboxNotReady({ name, state, reason, forks }: Sandbox): SeatrialError {
  const waiting = forks.find(({ ready, message }) => !ready && message !== null);
  const why = reason?.message ?? (waiting === undefined ? null : `${waiting.service}: ${waiting.message}`);
  return new SeatrialError('sandbox-not-ready', {
    what: `Sandbox ${name} is ${state} and serves no requests.`,
    ...(why === null ? {} : { why }),
    next: reason?.next ?? `Wait until it is ready: call provision_sandbox again with sandbox: ${name}.`,
  });
}

export function noSuchFork(name: string, service: string, forks: readonly string[]): SeatrialError {
  return new SeatrialError('unknown-service', {
    what: `Sandbox ${name} has no fork of ${service}.`,
    next: `Ask for one of: ${forks.join(', ')}.`,
  });
}

export function sharedService(name: string): SeatrialError {
  return new SeatrialError('shared-service', {
    what: `Service ${name} is shared: baseline and sandboxes use one process of it.`,
    next: 'Fork a service that is not `shared`, or take `shared: true` from it in seatrial.yaml.',
  });
}

export function unknownService(name: string, known: readonly string[]): SeatrialError {
  return new SeatrialError('unknown-service', {
    what: `There is no service ${JSON.stringify(name.slice(0, 80))}.`,
    next: `Use one of: ${known.join(', ')}.`,
  });
}

import { SeatrialError } from '../errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export const hostEnded = {
  code: 'host-ended',
  message: 'The host that held it was ended.',
  next: 'Provision again: it makes a new sandbox with a new key.',
} as const;

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
    what: `Sandbox ${name} belongs to somebody else, or to another working tree.`,
    next: 'Provision under another name.',
  });
}

export function tooMany(names: readonly string[]): SeatrialError {
  return new SeatrialError('too-many-sandboxes', {
    what: `You have ${names.length} sandboxes, as many as \`maxSandboxes\` allows.`,
    next: `Tear one down first: ${names.join(', ')}.`,
  });
}

export function unknownSandbox(name: string): SeatrialError {
  return new SeatrialError('unknown-sandbox', {
    what: `There is no sandbox ${JSON.stringify(name.slice(0, 60))}.`,
    next: 'Provision one, or list those that there are.',
  });
}

export function sandboxGone({ name, reason }: Sandbox): SeatrialError {
  return new SeatrialError('sandbox-gone', {
    what: `Sandbox ${name} is gone. ${reason?.message ?? ''}`.trim(),
    next: reason?.next ?? tornDown.next,
  });
}

export function sandboxNotReady({ name, state, reason }: Sandbox): SeatrialError {
  return new SeatrialError('sandbox-not-ready', {
    what: `Sandbox ${name} is ${state} and serves no requests.`,
    ...(reason === null ? {} : { why: reason.message }),
    next: reason?.next ?? `Wait until it is ready: call provision_sandbox again with sandbox: ${name}.`,
  });
}

export function noSuchFork(name: string, service: string, forks: readonly string[]): SeatrialError {
  return new SeatrialError('unknown-service', {
    what: `Sandbox ${name} has no fork of ${service}.`,
    next: `Ask for one of: ${forks.join(', ')}.`,
  });
}

export function hostIsEnding(): SeatrialError {
  return new SeatrialError('host-gone', {
    what: 'The host is ending.',
    next: 'Call again: a new host starts.',
  });
}

export function otherTree(asked: string, written: string): SeatrialError {
  return new SeatrialError('internal', {
    what: `The baseline was written from tree ${written}, not from ${asked}.`,
    next: 'Call again; if it stays, report it with the log that `seatrial doctor` names.',
  });
}

import { SeatrialError } from '../errors.ts';

export const hostEnded = {
  code: 'host-ended',
  message: 'The host that held it was ended.',
  next: 'Provision again: it makes a new sandbox with a new key.',
} as const;

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

import { SeatrialError } from '../errors.ts';
import type { ExitCode } from './exit.ts';
import type { Context } from './verb.ts';

export async function diffCaptures(_context: Context, ..._rest: unknown[]): Promise<ExitCode> {
  throw new SeatrialError('internal', { what: 'This verb is not built yet.', next: 'Use a later version.' });
}

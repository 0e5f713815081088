import { z } from 'zod';
import { namePattern } from '../../src/sandbox/name.ts';

/** The arguments that several tools share. */

/** How long a call waits for what it started; the work goes on after that, and the same call waits again. */
export const waitSeconds = z.int().min(0).max(600).default(45).describe('How long to wait at most');

export const sandboxName = z.string().regex(namePattern, 'a sandbox name has 1 to 40 of a-z, 0-9 and -');

export const serviceName = z.string().min(1).max(63);

export const planName = z.string().min(1).max(200);

/** Handles are minted by the host; what cannot be one is refused before it gets there. */
export const runId = z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'a run id is as run_plan returned it');

export const params = z.record(z.string().max(200), z.unknown());

/** Data of results whose members the text and the docs describe: spelled out they would fill the tool list. */
export const items = z.array(z.looseObject({}));

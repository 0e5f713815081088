import { z } from 'zod';
import { items } from './inputs.ts';

/** A run in the output of both tools that make one. Apart from its data: schemas are loaded at the start. */
export const runShape = {
  run: z.string(),
  state: z.enum(['running', 'done']),
  verdict: z.enum(['passed', 'failed', 'inconclusive']).nullable(),
  sandbox: z.string().nullable(),
  plan: z.string().nullable(),
  reasons: items,
  since_last: z.looseObject({}).nullable(),
  steps: items,
  findings: items,
  receipts: z.looseObject({}),
  report: z.looseObject({}).nullable(),
};

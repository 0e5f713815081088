import { z } from 'zod';
import { items } from './inputs.ts';

/** A sandbox in the output of provision_sandbox. Apart from its data: schemas are loaded at the start. */
export const sandboxShape = {
  sandbox: z.string(),
  state: z.enum(['provisioning', 'ready', 'failed', 'expiring', 'gone']),
  key: z.string(),
  headers: z.record(z.string(), z.string()),
  urls: z.record(z.string(), z.string()),
  forks: items,
  baseline: z.looseObject({ commit: z.string() }),
  expires_at: z.string(),
  reason: z.looseObject({}).nullable(),
  warnings: z.array(z.string()),
};

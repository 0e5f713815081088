import { z } from 'zod';

/** What the agent reads of the tools' structured results. */
export const planList = z.object({
  plans: z.array(z.object({ name: z.string(), reasons: z.array(z.string()) })),
});

export const sandboxResult = z.object({
  sandbox: z.string(),
  state: z.string(),
  urls: z.record(z.string(), z.string()),
  forks: z.array(z.looseObject({ service: z.string() })),
  next: z.string(),
});

export const runResult = z.object({
  run: z.string(),
  verdict: z.enum(['passed', 'failed', 'inconclusive']),
  reasons: z.array(z.object({ code: z.string(), message: z.string() })),
  findings: z.array(
    z.object({
      rule: z.string(),
      severity: z.string(),
      requests: z.array(z.string()),
      place: z.string(),
      before: z.string().nullable(),
      after: z.string().nullable(),
      effect: z.string(),
    }),
  ),
  receipts: z.object({
    required: z.number(),
    exercised: z.number(),
    forks: z.array(z.object({ service: z.string(), hops: z.number() })),
  }),
});

export type RunResult = z.infer<typeof runResult> & { readonly plan: string };

export const teardownResult = z.object({
  removed: z.array(z.string()),
  left: z.array(z.object({ what: z.string(), why: z.string() })),
});

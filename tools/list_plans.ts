import { z } from 'zod';
import { defineTool } from '../src/tool/tool.ts';
import { items } from './support/inputs.ts';
import type { Services } from './support/services.ts';

export const listPlans = defineTool({
  name: 'list_plans',
  title: 'List the plans that fit',
  description:
    'Ranks the plans (checks kept in the repository) by what you changed, with the reason for each match. ' +
    'Also names changed services that no plan covers, with a template for one, and plan files that are broken. ' +
    'Use it after writing code, before run_plan. Changes nothing.',
  input: z.strictObject({
    changed_files: z
      .array(z.string().min(1).max(1000))
      .max(1000)
      .exactOptional()
      .describe('From the root; default: from git'),
    query: z.string().max(200).exactOptional().describe('Words to look for'),
  }),
  risk: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  output: z.looseObject({ plans: items, uncovered: items, broken: items, next: z.string() }),
  handler: async (input, services: Services, call) => {
    // Loaded here: reading plans takes YAML, Markdown and git, which the start of the server need not wait for.
    const { fittingPlans } = await import('./support/fitting-plans.ts');
    return fittingPlans(input, services, call);
  },
});

import { z } from 'zod';
import { brokenLine } from '../plan/find.ts';
import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool, jsonOrText, pairs, show } from './verb.ts';

interface ListOptions {
  readonly changed?: readonly string[];
  readonly query?: string;
  readonly json?: boolean;
}

export async function listPlans(context: Context, options: ListOptions): Promise<ExitCode> {
  const { changed: changed_files, query } = options;
  show(context, await callTool(context, 'list_plans', { changed_files, query }, null), options.json);
  return exit.passed;
}

interface TryOptions {
  readonly param?: readonly string[];
  readonly wait?: number;
  readonly json?: boolean;
}

const trial = z.object({
  state: z.string(),
  counts: z.object({ checks: z.number(), passed: z.number() }),
});

export async function tryPlan(context: Context, plan: string, options: TryOptions): Promise<ExitCode> {
  const params = pairs('--param', options.param, jsonOrText);
  const result = await callTool(context, 'run_plan', { plan, params, target: 'baseline' }, options);
  show(context, result, options.json);
  const { state, counts } = trial.parse(result.data);
  if (state === 'running') return exit.couldNotRun;
  return counts.passed === counts.checks ? exit.passed : exit.failed;
}

export async function checkPlans(context: Context, options: { readonly json?: boolean }): Promise<ExitCode> {
  const { data } = await callTool(context, 'list_plans', {}, null);
  const count = Array.isArray(data.plans) ? data.plans.length : 0;
  const broken = brokenPlans.parse(data.broken);
  if (options.json === true) context.terminal.printJson({ broken });
  else if (broken.length === 0 && count === 0) {
    context.terminal.print('There are no plans yet. Next: seatrial plans new <name>');
  } else if (broken.length === 0) context.terminal.print('All plans are well formed.');
  else context.terminal.print(broken.map(brokenLine).join('\n'));
  return broken.length === 0 ? exit.passed : exit.failed;
}

const brokenPlans = z.array(z.object({ file: z.string(), line: z.number(), message: z.string() }));

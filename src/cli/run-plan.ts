import { type ExitCode, exitOfRun } from './exit.ts';
import { type Context, callTool, jsonOrText, pairs, show } from './verb.ts';

interface Options {
  readonly sandbox?: string;
  readonly param?: readonly string[];
  readonly run?: string;
  readonly wait?: number;
  readonly json?: boolean;
}

export async function runPlan(
  context: Context,
  plan: string | undefined,
  options: Options,
): Promise<ExitCode> {
  const { sandbox, run } = options;
  const params = pairs('--param', options.param, jsonOrText);
  const result = await callTool(context, 'run_plan', { plan, sandbox, params, run }, options);
  show(context, result, options.json);
  return exitOfRun(result.data);
}

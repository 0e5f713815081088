import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool, show } from './verb.ts';

interface Options {
  readonly logs?: true;
  readonly hops?: true;
  readonly runs?: true;
  readonly json?: boolean;
}

export async function inspect(
  context: Context,
  sandbox: string | undefined,
  { json, ...extras }: Options,
): Promise<ExitCode> {
  show(context, await callTool(context, 'inspect_sandbox', { sandbox, ...extras }, null), json);
  return exit.passed;
}

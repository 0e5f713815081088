import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool, show } from './verb.ts';

export async function teardown(
  context: Context,
  sandbox: string | undefined,
  { all, json }: { readonly all?: true; readonly json?: boolean },
): Promise<ExitCode> {
  const result = await callTool(context, 'teardown', { sandbox, all }, null);
  show(context, result, json);
  const { left } = result.data;
  return Array.isArray(left) && left.length === 0 ? exit.passed : exit.failed;
}

import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool, pairs, show } from './verb.ts';

interface Options {
  readonly name?: string;
  readonly sandbox?: string;
  readonly lease?: string;
  readonly ref?: string;
  readonly env?: readonly string[];
  readonly wait?: number;
  readonly json?: boolean;
}

export async function provision(
  context: Context,
  services: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const env = pairs('--env', options.env, (text) => text);
  const extra = { ...(options.ref && { ref: options.ref }), ...(env && { env }) };
  const changes = services.length === 0 ? undefined : services.map((service) => ({ service, ...extra }));
  if (changes === undefined && Object.keys(extra).length > 0) {
    context.terminal.note(
      '--ref and --env need the services that they are for: seatrial provision <service> …',
    );
    return exit.usage;
  }
  const { name, sandbox, lease } = options;
  const result = await callTool(context, 'provision_sandbox', { changes, name, sandbox, lease }, options);
  show(context, result, options.json);
  return result.data.state === 'ready' ? exit.passed : exit.couldNotRun;
}

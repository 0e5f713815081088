import { type ExitCode, exit } from './exit.ts';
import { type Context, callTool, pairs, show } from './verb.ts';

interface Options {
  readonly name?: string;
  readonly sandbox?: string;
  readonly lease?: string;
  readonly ref?: string;
  readonly image?: readonly string[];
  readonly revision?: string;
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
  const images = pairs('--image', options.image, (text) => text) ?? {};
  const { ref, revision } = options;
  const extra = { ...(ref && { ref }), ...(revision && { revision }), ...(env && { env }) };
  const named = [...new Set([...services, ...Object.keys(images)])];
  if (named.length === 0 && Object.keys(extra).length > 0) {
    context.terminal.note(
      '--ref, --revision and --env need the services that they are for: seatrial provision <service> …',
    );
    return exit.usage;
  }
  const changeOf = (service: string) => {
    const image = images[service];
    return { service, ...(image !== undefined && { image }), ...extra };
  };
  const changes = named.length === 0 ? undefined : named.map(changeOf);
  const { name, sandbox, lease } = options;
  const result = await callTool(context, 'provision_sandbox', { changes, name, sandbox, lease }, options);
  show(context, result, options.json);
  return result.data.state === 'ready' ? exit.passed : exit.couldNotRun;
}

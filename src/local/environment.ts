import type { ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { type Lookup, renderText, TemplateError } from '../util/template.ts';
import type { Address } from './ready.ts';

/** What `{{ … }}` in a service's command and env stands for. */
export interface ServiceValues {
  readonly port: number;
  /** A folder of the baseline, which forks share. */
  readonly data: string;
  /** Stable for the engine's life: the router, or the process itself where a shared service speaks no HTTP. */
  readonly addresses: ReadonlyMap<string, Address>;
}

/**
 * The user's environment without what belongs to us or to a git command that we may run under: GIT_DIR and its like
 * would point a service's git at the user's repository.
 */
export function inheritedEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || /^(SEATRIAL_|GIT_)/.test(name) || name === 'PORT') continue;
    if (name === 'NODE_CHANNEL_FD' || name === 'NODE_UNIQUE_ID') continue;
    kept[name] = value;
  }
  return kept;
}

/** The command as `sh -c` gets it, and the environment that the service's configuration sets. */
export function renderService(
  service: ServiceConfig,
  values: ServiceValues,
): { readonly command: string; readonly env: Record<string, string> } {
  const lookup = lookupIn(service.name, values);
  if (service.command === null) throw noCommand(service.name);
  try {
    const env = Object.entries(service.env).map(([name, text]) => [name, renderText(text, lookup)] as const);
    return {
      command: renderText(service.command, lookup),
      env: { ...Object.fromEntries(env), PORT: String(values.port) },
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw invalid(service.name, error.message);
  }
}

function lookupIn(service: string, values: ServiceValues): Lookup {
  return (path) => {
    const [first, name, what, ...rest] = path;
    if (path.length === 1 && first === 'port') return String(values.port);
    if (path.length === 1 && first === 'data') return values.data;
    if (first === 'services' && name !== undefined && rest.length === 0) {
      const address = values.addresses.get(name);
      if (address === undefined)
        throw invalid(service, `{{ ${path.join('.')} }} names no service of the baseline`);
      if (what === 'url') return `http://${address.host}:${address.port}`;
      if (what === 'host') return address.host;
      if (what === 'port') return String(address.port);
    }
    throw invalid(service, `{{ ${path.join('.')} }} is unknown here`);
  };
}

function noCommand(service: string): SeatrialError {
  return new SeatrialError('invalid-config', {
    what: `seatrial.yaml names no command of services.${service}, so the local engine cannot start it.`,
    next: `Add \`command\` to services.${service}, or use the Kubernetes engine.`,
  });
}

function invalid(service: string, why: string): SeatrialError {
  return new SeatrialError('invalid-config', {
    what: `The command or env of services.${service} in seatrial.yaml cannot be filled in.`,
    why,
    next: 'Use {{ port }}, {{ data }}, {{ services.<name>.url }}, {{ services.<name>.host }} or {{ services.<name>.port }}.',
  });
}

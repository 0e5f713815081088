import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { SeatrialError } from '../errors.ts';
import { type Config, configFile, engineOf, type ServiceConfig } from './config.ts';
import { configProblem, readYaml, type YamlFile } from './document.ts';
import { type Layers, layOver, type Origin, originsOf } from './layers.ts';
import { globProblem, leadsOut, pathProblem } from './paths.ts';
import { type ConfigFile, fileSchema } from './schema.ts';
import { templateProblem } from './templates.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** By key, such as `baseline.ref` or `services.tax.ready`. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export interface LoadOptions {
  /** The root of the working tree. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By key of the reference: `{ engine: 'local', 'baseline.ref': 'main' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
}

/**
 * Defaults < file < environment < flags. Rejects with `no-config`, `invalid-config` (with file:line, or the variable or
 * flag) or `out-of-root`.
 */
export async function loadConfig({ root, env, flags = {} }: LoadOptions): Promise<LoadedConfig> {
  const loaded = parseLayers(await readConfigFile(root), { root, file: configFile, env, flags });
  await refuseLinksOut(loaded);
  return { config: loaded.config, origins: loaded.origins };
}

/** The file alone: `file` is how errors call it. Throws as `loadConfig` does; symbolic links are not followed. */
export function parseConfig(text: string, { root, file }: { root: string; file: string }): Config {
  return parseLayers(text, { root, file, env: {}, flags: {} }).config;
}

interface Parsed extends LoadedConfig {
  readonly place: (path: readonly PropertyKey[]) => string;
}

function parseLayers(text: string, options: Required<LoadOptions> & { readonly file: string }): Parsed {
  const yaml = readYaml(text, options.file);
  const layers = layOver(yaml.value ?? {}, options.env, options.flags);
  const place = placeIn(options.file, yaml, layers);
  const result = fileSchema.safeParse(layers.value);
  if (!result.success) throw schemaProblem(result.error, place);
  const problem = ruleProblems(result.data, place)[0];
  if (problem !== undefined) throw problem;
  const config = toConfig(result.data, options.root);
  return { config, origins: originsOf(result.data, yaml.value, layers), place };
}

/** `seatrial.yaml:12`, or the variable or flag that gave the value. */
function placeIn(file: string, yaml: YamlFile, layers: Layers) {
  return (path: readonly PropertyKey[]): string => {
    const given = layers.givenBy.get(path.map(String).join('.'));
    return given?.name ?? `${file}:${yaml.lineOf(path)}`;
  };
}

function schemaProblem(error: z.ZodError, place: Parsed['place']): SeatrialError {
  const problems = error.issues.flatMap((issue): { path: PropertyKey[]; message: string }[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is no key that we know' }));
    }
    // The key of a record (a service's or secret's name): what the rule of the name says.
    const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
    return [
      { path: issue.path, message: (message ?? '').replace(/^(Invalid|Too)/, (word) => word.toLowerCase()) },
    ];
  });
  const [first, ...others] = problems;
  const more = others
    .slice(0, 4)
    .map(({ path, message }) => `${place(path)} \`${path.map(String).join('.')}\` ${message}`);
  return configProblem(
    place(first?.path ?? []),
    first?.path ?? [],
    withStop(first?.message ?? 'is invalid'),
    more,
  );
}

function ruleProblems(file: ConfigFile, place: Parsed['place']): SeatrialError[] {
  const problems: SeatrialError[] = [];
  const check = (path: readonly PropertyKey[], message: string | null, code?: 'out-of-root'): void => {
    if (message !== null) problems.push(configProblem(place(path), path, withStop(message), [], code));
  };
  const names = Object.keys(file.services);
  if (file.engine === 'kubernetes')
    check(['kubernetes'], file.kubernetes === null ? 'is missing: it names context and namespace' : null);
  if (names.length === 0) check(['services'], 'names no service');
  check(['plans'], pathProblem(file.plans), 'out-of-root');
  file.ignore.forEach((glob, index) => {
    check(['ignore', index], globProblem(glob));
  });
  for (const [name, service] of Object.entries(file.services)) {
    const at = (...rest: PropertyKey[]): PropertyKey[] => ['services', name, ...rest];
    if (service.paths.length === 0 && !service.shared)
      check(at('paths'), 'is missing: it names no file of this service');
    service.paths.forEach((glob, index) => {
      check(at('paths', index), globProblem(glob));
    });
    check(at('cwd'), pathProblem(service.cwd), 'out-of-root');
    service.link.forEach((path, index) => {
      check(
        at('link', index),
        pathProblem(path) ?? (/^\.?\/?$/.test(path) ? 'names the root itself' : null),
        'out-of-root',
      );
    });
    if (service.command !== null) check(at('command'), templateProblem(service.command, names));
    else if (engineOf(file) === 'local')
      check(at('command'), 'is missing: the local engine starts the service by it');
    for (const [variable, value] of Object.entries(service.env)) {
      check(at('env', variable), templateProblem(value, names));
    }
  }
  return problems;
}

/**
 * Folders that we run in or read from must really lie inside. A `link` may itself be a symbolic link that leads out, as
 * a shared node_modules does: only the folder that it lies in is judged.
 */
async function refuseLinksOut({ config, place }: Parsed): Promise<void> {
  const refuse = async (path: string, key: readonly PropertyKey[]): Promise<void> => {
    if (!(await leadsOut(config.root, path))) return;
    const message = `is ${JSON.stringify(path)}, which leads out of the repository by a symbolic link.`;
    throw configProblem(place(key), key, message, [], 'out-of-root');
  };
  await refuse(config.plans, ['plans']);
  for (const service of Object.values(config.services)) {
    await refuse(service.cwd, ['services', service.name, 'cwd']);
    for (const [index, path] of service.link.entries()) {
      await refuse(dirname(path.replace(/\/+$/, '')), ['services', service.name, 'link', index]);
    }
  }
}

function toConfig(file: ConfigFile, root: string): Config {
  return {
    root,
    engine: file.engine,
    plans: file.plans,
    baseline: file.baseline,
    ignore: file.ignore,
    secrets: named(Object.entries(file.secrets)),
    services: named(Object.entries(file.services).map(([name, service]) => [name, toService(name, service)])),
    kubernetes: file.kubernetes,
    maxSandboxes: file.maxSandboxes,
    leaseSeconds: file.lease,
  };
}

function toService(name: string, service: ConfigFile['services'][string]): ServiceConfig {
  const ready: ServiceConfig['ready'] =
    service.ready === 'tcp' ? { kind: 'tcp' } : { kind: 'http', path: service.ready };
  return { ...service, name, ready };
}

/** Without a prototype, so that a lookup of `constructor` finds only what the file names so. */
function named<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

async function readConfigFile(root: string): Promise<string> {
  if (await leadsOut(root, configFile)) {
    throw new SeatrialError('out-of-root', {
      what: `${configFile} leads out of the repository by a symbolic link.`,
      next: `Put the file itself at ${root}.`,
    });
  }
  try {
    return await readFile(join(root, configFile), 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
    if (code === 'ENOENT') throw noConfig(root);
    throw new SeatrialError(
      'invalid-config',
      {
        what: `${configFile} at ${root} cannot be read${typeof code === 'string' ? ` (${code})` : ''}.`,
        next: 'Make it a file that you may read, then call again.',
      },
      { cause: thrown },
    );
  }
}

export const exampleConfig = `services:
  web:
    paths: [services/web/**]
    command: node services/web/server.js
    ready: /healthz`;

function noConfig(root: string): SeatrialError {
  return new SeatrialError('no-config', {
    what: `There is no ${configFile} at ${root}.`,
    why: 'It names the services, how each is started, and the files that make it.',
    next: `Run \`seatrial init\` for a draft, or write ${configFile} there (a service listens on PORT), for example:\n${exampleConfig}`,
  });
}

function withStop(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

import { posix } from 'node:path';
import picomatch from 'picomatch';
import { type Config, configFile, type ServiceConfig } from './config.ts';

/** One file of a change. `verdict/evidence.ts` keeps it in the same form. */
export interface ChangedFile {
  /** From the repository's root, `/` between folders. */
  readonly path: string;
  /** Services whose `paths` match it. */
  readonly services: readonly string[];
  /** No check needs to see it. */
  readonly ignored: boolean;
}

/**
 * Says of each file which services it makes. A file that a service names belongs to it, whatever `ignore` says.
 *
 * `seatrial.yaml` makes services too: with the baseline's services given, it belongs to those whose settings differ,
 * and where none differ (only plans, lease … do, or the baseline runs by this very file) no check needs to see it.
 * Without them nobody can tell, and it belongs to none.
 */
export function mapChange(
  files: readonly string[],
  config: Pick<Config, 'services' | 'ignore' | 'plans'>,
  baselineServices?: Config['services'],
): ChangedFile[] {
  const owners = Object.values(config.services).map((service) => ({
    name: service.name,
    matches: matcher(service.paths),
  }));
  const ignored = matcher(config.ignore);
  const plans = `${posix.normalize(config.plans).replace(/\/+$/, '')}/`;
  return files.map((path) => {
    const services = owners.filter(({ matches }) => matches(path)).map(({ name }) => name);
    if (path === configFile && baselineServices !== undefined) {
      const all = [...new Set([...services, ...differentServices(baselineServices, config.services)])];
      const removed = Object.keys(baselineServices).some((name) => !Object.hasOwn(config.services, name));
      return { path, services: all, ignored: all.length === 0 && !removed };
    }
    return { path, services, ignored: services.length === 0 && (path.startsWith(plans) || ignored(path)) };
  });
}

/** The services that the change touches, in alphabetical order. */
export function changedServices(mapped: readonly ChangedFile[]): string[] {
  return [...new Set(mapped.flatMap((file) => file.services))].sort();
}

/** Files that belong to no service and are not ignored: nothing can prove their change. */
export function unmappedFiles(mapped: readonly ChangedFile[]): string[] {
  return mapped.filter((file) => file.services.length === 0 && !file.ignored).map((file) => file.path);
}

/** Services of `after` that are new or start differently. The globs alone start nothing. */
function differentServices(before: Config['services'], after: Config['services']): string[] {
  const settings = (service: ServiceConfig | undefined): string =>
    service === undefined
      ? ''
      : JSON.stringify({ ...service, paths: [], env: Object.entries(service.env).sort() });
  return Object.keys(after).filter((name) => settings(before[name]) !== settings(after[name]));
}

/** Globs from the root; `*` and `**` match names that begin with a dot or hold a line end, too. */
function matcher(globs: readonly string[]): (path: string) => boolean {
  // picomatch matches nothing for no globs at all, but refuses the empty list.
  if (globs.length === 0) return () => false;
  return picomatch([...globs], { dot: true, nonegate: true, posix: true, flags: 's' });
}

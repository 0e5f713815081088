import { posix } from 'node:path';
import picomatch from 'picomatch';
import { type Config, configFile, policyFile, type ServiceConfig } from './config.ts';

/** One file of a change. `verdict/evidence.ts` keeps it in the same form. */
export interface ChangedFile {
  /** From the repository's root, `/` between folders. */
  readonly path: string;
  /** Services whose `paths` match it. */
  readonly services: readonly string[];
  /** No check needs to see it. */
  readonly ignored: boolean;
  /** Only by rules that the change itself brought. */
  readonly ignoredByChange?: boolean;
}

/** What the baseline's own file says: the change under trial may not take a file out of sight by rewriting it. */
export type BaselineRules = Pick<Config, 'services'> & Partial<Pick<Config, 'ignore' | 'plans'>>;

/**
 * Says of each file which services it makes. A file that a service names belongs to it, whatever `ignore` says.
 *
 * With the baseline's rules given, a file also belongs to the services that own it by those, and `ignoredByChange` says
 * that only the change's own rules ignore it. `seatrial.yaml` makes services too: it belongs to those whose settings
 * differ, and where none differ (only plans, lease … do, or the baseline runs by this very file) no check needs to see
 * it. Without the baseline's rules nobody can tell, and it belongs to none.
 */
export function mapChange(
  files: readonly string[],
  config: Pick<Config, 'services' | 'ignore' | 'plans'>,
  baseline?: BaselineRules,
): ChangedFile[] {
  const owns = ownersIn(config.services);
  const owned = ownersIn(baseline?.services ?? {});
  const ignores = ignoring(config);
  const ignored = baseline?.ignore === undefined ? ignores : ignoring({ ...config, ...baseline });
  return files.map((path) => {
    const before = owned(path);
    const kept = before.filter((name) => Object.hasOwn(config.services, name));
    const services = [...new Set([...owns(path), ...kept])];
    if (path === configFile && baseline !== undefined) {
      const all = [...new Set([...services, ...differentServices(baseline.services, config.services)])];
      const removed = Object.keys(baseline.services).some((name) => !Object.hasOwn(config.services, name));
      return { path, services: all, ignored: all.length === 0 && !removed };
    }
    // Of a service that the change removed: nothing can prove that.
    if (services.length > 0 || before.length > 0) return { path, services, ignored: false };
    const out = ignores(path);
    return { path, services, ignored: out, ...(out && !ignored(path) ? { ignoredByChange: true } : {}) };
  });
}

function ownersIn(services: Config['services']): (path: string) => string[] {
  const owners = Object.values(services).map(({ name, paths }) => ({ name, matches: matcher(paths) }));
  return (path) => owners.filter(({ matches }) => matches(path)).map(({ name }) => name);
}

function ignoring({ ignore, plans }: Pick<Config, 'ignore' | 'plans'>): (path: string) => boolean {
  const matches = matcher(ignore);
  const folder = `${posix.normalize(plans).replace(/\/+$/, '')}/`;
  // The policy is read by runs, and says itself what of it a change brought.
  return (path) => path === policyFile || path.startsWith(folder) || matches(path);
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
      : JSON.stringify({ ...service, paths: [], openapi: null, env: Object.entries(service.env).sort() });
  return Object.keys(after).filter((name) => settings(before[name]) !== settings(after[name]));
}

/** Globs from the root; `*` and `**` match names that begin with a dot or hold a line end, too. */
function matcher(globs: readonly string[]): (path: string) => boolean {
  // picomatch matches nothing for no globs at all, but refuses the empty list.
  if (globs.length === 0) return () => false;
  return picomatch([...globs], { dot: true, nonegate: true, posix: true, flags: 's' });
}

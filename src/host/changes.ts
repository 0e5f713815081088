import { changedServices, mapChange, unmappedFiles } from '../config/change.ts';
import { type Config, engineOf } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { ForkSpec } from '../sandbox/sandbox.ts';
import type { ChangeArg } from './api.ts';
import { baselineRules } from './baseline-rules.ts';
import { imageFork, needsImage } from './images.ts';
import type { Tree } from './trees.ts';

export interface Selection {
  readonly forks: readonly ForkSpec[];
  /** Changed files that no service owns. */
  readonly unmapped: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * The forks that a call asks for, resolved to trees. `running` are the services of the baseline, where it runs already.
 * Rejects with errors that say what to do.
 */
export async function selectForks(
  tree: Tree,
  baselineTree: string,
  asked: readonly ChangeArg[] | null,
  running: Config['services'] | null,
  signal: AbortSignal,
): Promise<Selection> {
  const now = await tree.repository.workingTree(signal);
  const files = await tree.repository.changedFiles(baselineTree, now, signal);
  const rules = await baselineRules(baselineTree, tree, signal);
  const services = running ?? rules.services;
  const mapped = mapChange(files, tree.config, { ...rules, services });
  const unmapped = unmappedFiles(mapped);
  if (asked === null) {
    const changed = changedServices(mapped);
    if (changed.length === 0) throw nothingChanged(files, unmapped);
    for (const service of changed) refuseShared(service, tree.config, 'Its files or its settings changed.');
    if (engineOf(tree.config) === 'kubernetes') throw needsImage(changed, tree.config, now);
    const forks = changed.map((service): ForkSpec => fork(service, { tree: now, ref: null }, {}));
    return { forks, unmapped, warnings: newServices(forks, services) };
  }
  const seen = new Set<string>();
  const forks: ForkSpec[] = [];
  for (const change of asked) {
    if (seen.has(change.service)) throw invalid(`Service ${change.service} is named twice in \`changes\`.`);
    seen.add(change.service);
    forks.push(await resolveChange(tree, change, now, signal));
  }
  if (forks.length === 0) throw invalid('`changes` is empty.');
  return { forks, unmapped, warnings: newServices(forks, services) };
}

async function resolveChange(
  tree: Tree,
  change: ChangeArg,
  now: string,
  signal: AbortSignal,
): Promise<ForkSpec> {
  const { service, ref, env } = change;
  if (tree.config.services[service] === undefined) {
    throw new SeatrialError('unknown-service', {
      what: `seatrial.yaml names no service ${JSON.stringify(service.slice(0, 80))}.`,
      next: `Choose from: ${Object.keys(tree.config.services).join(', ')}.`,
    });
  }
  if (engineOf(tree.config) === 'kubernetes') {
    refuseShared(service, tree.config, null);
    return await imageFork(tree, change, now, signal);
  }
  if (change.image !== undefined) {
    throw new SeatrialError('needs-kubernetes', {
      what: `An image was given for ${service}, but the local engine runs services from the source tree.`,
      next: 'Leave `image` out to fork from the working tree, or give `ref` for a commit.',
    });
  }
  if (change.revision !== undefined)
    throw invalid('`revision` goes with `image` only; name a commit by `ref`.');
  refuseShared(service, tree.config, null);
  const resolved = ref === undefined ? now : (await tree.repository.resolve(ref, signal)).tree;
  return fork(service, { tree: resolved, ref: ref ?? null }, env ?? {});
}

function fork(
  service: string,
  revision: { readonly tree: string; readonly ref: string | null },
  env: Readonly<Record<string, string>>,
): ForkSpec {
  return { service, revision: { kind: 'tree', ...revision }, env };
}

function refuseShared(service: string, config: Config, why: string | null): void {
  if (config.services[service]?.shared !== true) return;
  throw new SeatrialError('shared-service', {
    what: `Service ${service} is shared by all sides and cannot be forked.`,
    ...(why === null ? {} : { why }),
    next: 'Name the services to fork in `changes` without it, or take `shared: true` off it in seatrial.yaml.',
  });
}

function nothingChanged(files: readonly string[], unmapped: readonly string[]): SeatrialError {
  if (files.length === 0) {
    return new SeatrialError('nothing-changed', {
      what: 'The working tree equals the commit of the baseline, so there is nothing to fork.',
      next: 'Edit a service and call again, or name services in `changes` to fork them as they are.',
    });
  }
  const some = (unmapped.length > 0 ? unmapped : files)
    .slice(0, 5)
    .map((file) => JSON.stringify(file))
    .join(', ');
  return new SeatrialError('nothing-changed', {
    what: `${files.length} file(s) changed, but none belongs to a service.`,
    why:
      unmapped.length > 0
        ? `No service's \`paths\` match ${some}.`
        : `No check needs to see ${some}: plans, files under \`ignore:\`, settings that start nothing.`,
    next:
      unmapped.length > 0
        ? 'Add the files to the `paths` of their service in seatrial.yaml, or name the services in `changes`.'
        : 'Edit a service and call again, or name services in `changes` to fork them as they are.',
  });
}

/** A service that the baseline does not have has nothing to be compared with. */
function newServices(forks: readonly ForkSpec[], services: Config['services']): string[] {
  return forks
    .filter(({ service }) => services[service] === undefined)
    .map(
      ({ service }) =>
        `Service ${service} is new: the baseline does not have it, so nothing can be compared.`,
    );
}

function invalid(what: string): SeatrialError {
  return new SeatrialError('invalid-argument', { what, next: 'Correct `changes` and call again.' });
}

import type { Config, ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import { checkEnv, checkForks } from '../sandbox/check.ts';
import { sharedService, unknownService } from '../sandbox/errors.ts';
import type { ForkSpec } from '../sandbox/sandbox.ts';

export interface PlannedFork {
  readonly spec: ForkSpec;
  readonly service: ServiceConfig;
  readonly tree: string;
  /** Equal where a running fork may stay: what it was made from and how it is run. */
  readonly identity: string;
}

/** Ties forks to services. `baseline`: the names that have a router. */
export function planForks(
  forks: readonly ForkSpec[],
  baseline: Config['services'],
  config: Config['services'],
): PlannedFork[] {
  checkForks(forks);
  return forks.map((spec) => planFork(spec, baseline, config));
}

/** Throws `unknown-service` with the names that there are. */
export function serviceOf(services: Config['services'], name: string): ServiceConfig {
  const service = Object.hasOwn(services, name) ? services[name] : undefined;
  if (service !== undefined) return service;
  throw unknownService(name, Object.keys(services));
}

function planFork(spec: ForkSpec, baseline: Config['services'], config: Config['services']): PlannedFork {
  const { revision } = spec;
  const inBaseline = serviceOf(baseline, spec.service);
  if (revision.kind === 'image') {
    throw new SeatrialError('needs-kubernetes', {
      what: `Service ${spec.service} was to be forked from an image, which the local engine cannot run.`,
      next: 'Leave `image` out to fork the working tree, or name a Kubernetes cluster in seatrial.yaml.',
    });
  }
  const service = serviceOf(config, spec.service);
  if (inBaseline.shared || service.shared) throw sharedService(spec.service);
  checkEnv(spec);
  const env = Object.entries(spec.env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { spec, service, tree: revision.tree, identity: JSON.stringify([revision.tree, env, service]) };
}

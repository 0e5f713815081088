import type { ServiceConfig } from '../config/config.ts';
import { SeatrialError } from '../errors.ts';
import type { JsonPatchOperation } from '../kube/api.ts';
import { checkEnv, checkForks } from '../sandbox/check.ts';
import { annotations, finalizer, labels } from '../sandbox/cluster-names.ts';
import { sharedService, unknownService } from '../sandbox/errors.ts';
import type { ResourceFork, ResourceOwner, SandboxResource } from '../sandbox/resource.ts';
import type { ForkSpec, SandboxSpec } from '../sandbox/sandbox.ts';

type Services = Readonly<Record<string, ServiceConfig>>;

/** A day. */
export const maxLeaseSeconds = 86_400;

/** Forks as the resource holds them, with what `seatrial.yaml` says of their services. Throws what the contract names. */
export function writeForks(forks: readonly ForkSpec[], services: Services): readonly ResourceFork[] {
  checkForks(forks);
  return forks.map((fork) => writeFork(fork, services));
}

function writeFork(spec: ForkSpec, services: Services): ResourceFork {
  const { service, revision } = spec;
  const config = Object.hasOwn(services, service) ? services[service] : undefined;
  if (config === undefined) throw unknownService(service, Object.keys(services));
  if (config.shared) throw sharedService(service);
  if (revision.kind === 'tree') throw needsImage(service);
  checkEnv(spec);
  const { workload, container, sharedEffects } = config;
  const env = Object.entries(spec.env)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
  return {
    service,
    ...(workload === null ? {} : { workload }),
    ...(container === null ? {} : { container }),
    source: { image: revision.image },
    ...(revision.revision === null ? {} : { revision: revision.revision }),
    ...(env.length === 0 ? {} : { env }),
    ...(sharedEffects === null ? {} : { sharedEffects }),
  };
}

function needsImage(service: string): SeatrialError {
  return new SeatrialError('needs-image', {
    what: `Service ${service} was to be forked from a source tree; a cluster runs images.`,
    next: 'Build an image of it, and name it with `image` and `revision` in `changes`.',
  });
}

/** Services whose hops are wanted although they are not forked. */
export function observed(forks: readonly ResourceFork[], services: Services): readonly string[] {
  return Object.values(services)
    .filter(({ name, observe }) => observe && !forks.some(({ service }) => service === name))
    .map(({ name }) => name);
}

export function newSandbox(
  spec: Pick<SandboxSpec, 'name' | 'leaseSeconds'>,
  parts: {
    readonly namespace: string;
    readonly owner: ResourceOwner;
    readonly forks: readonly ResourceFork[];
    readonly observe: readonly string[];
    readonly now: Date;
  },
): SandboxResource {
  const { owner, forks, observe } = parts;
  return {
    apiVersion: 'seatrial.dev/v1alpha1',
    kind: 'Sandbox',
    metadata: {
      name: spec.name,
      namespace: parts.namespace,
      labels: { [labels.managedBy]: 'seatrial' },
      annotations: { [annotations.forksGeneration]: '1' },
      // With it from the start, nothing can end it before its key is refused; and the controller saves a write.
      finalizers: [finalizer],
    },
    spec: {
      owner,
      lease: {
        durationSeconds: spec.leaseSeconds,
        renewTime: parts.now.toISOString(),
        maxSeconds: maxLeaseSeconds,
      },
      forks,
      ...(observe.length === 0 ? {} : { observe }),
    },
  };
}

/** Equal but for `attempt`, which only says how often it was begun. */
export function sameFork(a: ResourceFork, b: ResourceFork): boolean {
  return canonical({ ...a, attempt: 0 }) === canonical({ ...b, attempt: 0 });
}

export function sameForks(a: readonly ResourceFork[], b: readonly ResourceFork[]): boolean {
  return (
    a.length === b.length &&
    a.every((fork) => b.some((other) => other.service === fork.service && sameFork(fork, other)))
  );
}

/** `wanted`, with those that failed begun anew; null where that is what stands there already. */
export function nextForks(
  current: readonly ResourceFork[],
  wanted: readonly ResourceFork[],
  failed: ReadonlySet<string>,
): readonly ResourceFork[] | null {
  let changed = current.length !== wanted.length;
  const next = wanted.map((fork) => {
    const before = current.find(({ service }) => service === fork.service);
    if (before !== undefined && sameFork(before, fork) && !failed.has(fork.service)) return before;
    changed = true;
    if (before === undefined) return fork;
    return { ...fork, attempt: (before.attempt ?? 0) + 1 };
  });
  return changed ? next : null;
}

/** Fails where anybody changed the spec meanwhile, so that `forks-generation` is true. */
export function forksPatch(
  { metadata }: SandboxResource,
  forks: readonly ResourceFork[],
  observe: readonly string[],
): readonly JsonPatchOperation[] {
  const generation = metadata.generation ?? 1;
  const annotation = `/metadata/annotations/${annotations.forksGeneration.replace('/', '~1')}`;
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/generation', value: generation },
    { op: 'replace', path: '/spec/forks', value: forks },
    { op: 'add', path: '/spec/observe', value: observe },
    ...(metadata.annotations === undefined
      ? [{ op: 'add', path: '/metadata/annotations', value: {} } as const]
      : []),
    { op: 'add', path: annotation, value: String(generation + 1) },
  ];
}

export function leasePatch(
  { metadata }: SandboxResource,
  lease: { readonly durationSeconds: number; readonly now: Date },
): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'replace', path: '/spec/lease/durationSeconds', value: lease.durationSeconds },
    { op: 'add', path: '/spec/lease/renewTime', value: lease.now.toISOString() },
  ];
}

/** Fields that were sent and are not in what the API keeps: its schema is older than we are. */
export function prunedFields(sent: unknown, kept: unknown, path = ''): readonly string[] {
  if (Array.isArray(sent)) {
    const list: readonly unknown[] = Array.isArray(kept) ? kept : [];
    return sent.flatMap((item, at) => prunedFields(item, list[at], `${path}[${at}]`));
  }
  if (!isRecord(sent)) return kept === undefined ? [path] : [];
  if (!isRecord(kept)) return [path];
  return Object.entries(sent).flatMap(([name, value]) =>
    value === undefined ? [] : prunedFields(value, kept[name], path === '' ? name : `${path}.${name}`),
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    isRecord(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

import { z } from 'zod';
import type { Service } from '../../kube/objects.ts';
import { fieldManagers } from '../../sandbox/cluster-names.ts';
import type { ManagedEntry } from './managed-fields.ts';
import { driftAnnotation } from './names.ts';
import { isSwapped, storedOriginal } from './original.ts';
import type { Route } from './routes.ts';

/** What a shadow remembers of its Service: that it was swapped, and how often somebody else undid that. */
export interface Drift {
  readonly swapped: boolean;
  readonly count: number;
  readonly manager: string | null;
  /** Milliseconds. */
  readonly at: number;
}

const none: Drift = { swapped: false, count: 0, manager: null, at: 0 };
/** Who restores so rarely is a person, not a controller. */
const forgetMs = 3_600_000;
/** Enrolled again this often, then left alone. */
export const driftLimit = 3;

const schema = z.object({
  swapped: z.boolean(),
  count: z.number(),
  manager: z.string().nullable(),
  at: z.number(),
});

export function driftOf(shadow: Service): Drift {
  try {
    return schema.parse(JSON.parse(shadow.metadata.annotations?.[driftAnnotation] ?? 'null'));
  } catch {
    return none;
  }
}

/** Whether somebody else pointed the Service away from the routers; new ports and no more are an edit. */
export function isRestored(service: Service, routes: readonly Route[]): boolean {
  if (!isSwapped(service) || storedOriginal(service) === null) return true;
  return (service.spec.ports ?? []).some(({ port, targetPort }) => {
    const route = routes.find((one) => one.port === port);
    return route !== undefined && route.routerPort !== targetPort;
  });
}

export function oneMore(drift: Drift, service: Service, now: number): Drift {
  const count = now - drift.at > forgetMs ? 1 : drift.count + 1;
  return { swapped: true, count, manager: restorer(service), at: now };
}

/** The manager of the selector, or else who wrote last. */
function restorer(service: Service): string {
  const entries = ((service.metadata.managedFields ?? []) as readonly ManagedEntry[]).filter(
    ({ manager }) => manager !== fieldManagers.controller,
  );
  return selectorOwner(entries) ?? lastOf(entries) ?? 'unknown';
}

/** Who set the selector last; null where nobody owns it. */
export function selectorOwner(entries: readonly ManagedEntry[]): string | null {
  return lastOf(entries.filter(({ fieldsV1 }) => fieldsV1?.['f:spec']?.['f:selector'] !== undefined));
}

function lastOf(entries: readonly ManagedEntry[]): string | null {
  const [last] = entries.toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  return last?.manager ?? null;
}

/** What to set where, so that the manager leaves the fields that enrolment needs alone. */
export function howToKeep(manager: string, service: Service): string {
  const { name } = service.metadata;
  const setting =
    settingOf(manager, service) ??
    `Take selector and ports of Service ${name} out of what ${manager} applies, or run seatrial release ${name} before it does`;
  return `${setting}; then run seatrial enroll ${name}.`;
}

/** The setting of a tool that applies Services again by itself or as a whole; null for others. */
export function settingOf(manager: string, { metadata }: Service): string | null {
  const { name, namespace = '' } = metadata;
  if (/argocd/i.test(manager)) {
    return `Add to the Argo CD Application: spec.ignoreDifferences: [{ group: "", kind: Service, name: ${name}, namespace: ${namespace}, jsonPointers: [/spec/selector, /spec/ports] }] and spec.syncPolicy.syncOptions: [RespectIgnoreDifferences=true]`;
  }
  if (/kustomize-controller/i.test(manager)) {
    return `Annotate the Service in its source with kustomize.toolkit.fluxcd.io/ssa: IfNotPresent (Flux then creates it, but leaves its later state alone), or suspend the Kustomization while sandboxes are used`;
  }
  if (/helm-controller/i.test(manager)) {
    return `Add to the Flux HelmRelease: spec.driftDetection: { mode: enabled, ignore: [{ paths: [/spec/selector, /spec/ports], target: { kind: Service, name: ${name} } }] }, and run seatrial release ${name} before a new version of the chart`;
  }
  if (/^helm$/i.test(manager)) {
    return `Run seatrial release ${name} before helm upgrade (an upgrade now and then goes through with --force-conflicts too: the Service is enrolled again by itself, three times within an hour)`;
  }
  return null;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { KubeApi } from '../../kube/api.ts';
import type { Log } from '../../log.ts';
import type { Installation } from '../install/manifest.ts';
import { getList, type ListEntry, writeList } from './list.ts';
import { createPreparer } from './prepare.ts';
import { type Reconciled, type ReconcileOptions, reconcileNamespace } from './reconcile.ts';
import type { Step } from './step.ts';
import { followNamespaces } from './triggers.ts';

export interface EnrolmentOptions extends Installation {
  readonly kube: KubeApi;
  readonly log: Log;
  /** How routers are asked, where not by their agents. */
  readonly routers?: ReconcileOptions['routers'];
}

export type EnrolResult = { readonly service: string } & (
  | { readonly kind: 'enrolled' }
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string; readonly next: string }
  | { readonly kind: 'pending'; readonly message: string }
);

export interface Enrolment {
  /** Prepares the namespace, notes the Services and goes as far as it can without waiting. Idempotent. */
  ensure(
    namespace: string,
    services: readonly string[],
    by: 'user' | 'sandbox',
    signal: AbortSignal,
  ): Promise<readonly EnrolResult[]>;
  /** Keeps all namespaces as their lists say, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** One look at a namespace, for those who do without `run`. */
  reconcile(namespace: string, signal: AbortSignal): Promise<Reconciled>;
}

const passes = 12;

export function createEnrolment(options: EnrolmentOptions): Enrolment {
  const { kube, log, namespaces, systemNamespace } = options;
  const turns = new Map<string, Promise<unknown>>();
  const reconciling: ReconcileOptions = {
    kube,
    log,
    systemNamespace,
    preparer: createPreparer(kube, options),
    withoutRouter: new Map(),
    ...(options.routers === undefined ? {} : { routers: options.routers }),
  };

  /** One look at a time for each namespace. */
  function reconcile(namespace: string, signal: AbortSignal): Promise<Reconciled> {
    const before = turns.get(namespace) ?? Promise.resolve();
    const turn = before.catch(() => {}).then(() => reconcileNamespace(reconciling, namespace, signal));
    turns.set(namespace, turn);
    turn.catch(() => {});
    return turn;
  }

  async function ensure(
    namespace: string,
    services: readonly string[],
    by: 'user' | 'sandbox',
    signal: AbortSignal,
  ): Promise<readonly EnrolResult[]> {
    if (namespaces !== null && !namespaces.includes(namespace)) {
      return services.map((service) => notServed(service, namespace, systemNamespace));
    }
    await note(namespace, services, by, signal);
    let found = await reconcile(namespace, signal);
    for (let pass = 1; pass < passes && services.some((name) => isMoving(found.steps.get(name))); pass++) {
      found = await reconcile(namespace, signal);
    }
    const list = await getList(kube, namespace, signal);
    return services.map((service) => resultOf(service, found, list[service]));
  }

  /** A user who asks again takes back that it was released, or stopped. */
  async function note(
    namespace: string,
    services: readonly string[],
    by: 'user' | 'sandbox',
    signal: AbortSignal,
  ): Promise<void> {
    const list = await getList(kube, namespace, signal);
    const time = new Date().toISOString();
    const asked = services.filter((service) => list[service] === undefined || by === 'user');
    const entry = (service: string): ListEntry => ({
      by,
      since: list[service]?.since ?? time,
      lastUsed: time,
    });
    await writeList(
      kube,
      namespace,
      Object.fromEntries(asked.map((service) => [service, entry(service)])),
      signal,
    );
  }

  async function run(signal: AbortSignal): Promise<void> {
    const queue = followNamespaces(kube, namespaces, log, signal);
    for await (const namespace of queue.due(signal)) {
      try {
        const { again, done } = await reconcile(namespace, signal);
        queue.looked(namespace, again, done);
      } catch (error) {
        if (signal.aborted) break;
        log.warn('enrolment-failed', {
          namespace,
          error: error instanceof Error ? error.message : 'unknown',
        });
        queue.looked(namespace, 5_000, false);
        await delay(0);
      }
    }
  }

  return { ensure, run, reconcile };
}

function isMoving(step: Step | undefined): boolean {
  return step !== undefined && !['enrolled', 'refused', 'wait', 'not-enrolled'].includes(step.kind);
}

function notServed(service: string, namespace: string, systemNamespace: string): EnrolResult {
  return {
    service,
    kind: 'refused',
    reason: 'NamespaceNotServed',
    message: `The installation in ${systemNamespace} does not serve the namespace ${namespace}.`,
    next: `Run seatrial install again with --namespaces that name ${namespace} too.`,
  };
}

function resultOf(service: string, found: Reconciled, entry: ListEntry | undefined): EnrolResult {
  if (found.other !== null) {
    return {
      service,
      kind: 'refused',
      reason: 'OtherInstallation',
      message: `The namespace is served by the installation in ${found.other}.`,
      next: `Use that one, or release it first: seatrial uninstall --system-namespace ${found.other}.`,
    };
  }
  if (entry?.stopped !== undefined) {
    const { message, next } = entry.stopped;
    return { service, kind: 'refused', reason: 'RestoredByOthers', message, next };
  }
  if (entry?.released === true) {
    return {
      service,
      kind: 'refused',
      reason: 'Released',
      message: `Service ${service} was released by hand.`,
      next: `Run seatrial enroll ${service}.`,
    };
  }
  const step = found.steps.get(service);
  if (step === undefined) {
    return {
      service,
      kind: 'refused',
      reason: 'ServiceMissing',
      message: `There is no Service ${service} in this namespace.`,
      next: 'Name a Service that kubectl get services lists.',
    };
  }
  const refusal = found.refusals.get(service);
  if (refusal !== undefined) return { service, kind: 'refused', ...refusal };
  if (step.kind === 'enrolled') return { service, kind: 'enrolled' };
  if (step.kind === 'refused') return { service, ...step };
  return { service, kind: 'pending', message: step.kind === 'wait' ? step.message : `next: ${step.kind}` };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeApi, KubeError, type ObjectRef } from '../../kube/api.ts';
import type { Lease } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import type { Log } from '../../log.ts';

export interface ElectionOptions {
  readonly kube: KubeApi;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica; no other has it. */
  readonly identity: string;
  readonly log: Log;
  readonly times?: ElectionTimes;
}

export interface ElectionTimes {
  /** Others take over when the lease was not renewed for so long. */
  readonly leaseMs: number;
  /** A leader stops when it could not renew for so long: before others take over. */
  readonly renewWithinMs: number;
  readonly retryMs: number;
}

const defaultTimes: ElectionTimes = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000 };

/** Whether this replica leads, by the monotonic clock: true only while the last renewal is fresh. */
export interface Leadership {
  readonly held: () => boolean;
}

/**
 * Leads whenever it holds the Lease, until the signal aborts; gives it back then. `lead` gets a signal that aborts
 * when the lease is lost, and is awaited before it is tried for again. The Lease's own times are not compared with
 * our clock (as client-go does): what counts is how long it stayed as it is.
 */
export async function runElection(
  options: ElectionOptions,
  lead: (leadership: Leadership, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const times = options.times ?? defaultTimes;
  const observed = { version: '', sinceMs: 0 };
  while (!signal.aborted) {
    const began = performance.now();
    const got = await tryAcquire(options, times, observed, signal);
    if (got) await leadWhileHeld(options, times, began, lead, signal);
    else await sleep(times.retryMs * (0.8 + Math.random() * 0.4), null, { signal }).catch(() => {});
  }
}

async function leadWhileHeld(
  options: ElectionOptions,
  times: ElectionTimes,
  acquiredMs: number,
  lead: (leadership: Leadership, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { log, identity } = options;
  log.info('leading', { identity });
  const lost = new AbortController();
  const both = AbortSignal.any([signal, lost.signal]);
  let renewedMs = acquiredMs;
  const held = () => !lost.signal.aborted && performance.now() - renewedMs < times.renewWithinMs;
  const work = lead({ held }, both).catch((error: unknown) => {
    log.error('leading ended by an error', { error: String(error) });
  });
  void work.then(() => lost.abort());
  while (!both.aborted) {
    await sleep(times.retryMs, null, { signal: both }).catch(() => {});
    if (both.aborted) break;
    const began = performance.now();
    const renewed = await renew(options, times, both);
    if (renewed === 'yes') renewedMs = began;
    if (renewed === 'taken' || performance.now() - renewedMs >= times.renewWithinMs) {
      log.warn('lost the lease', { identity, renewed });
      lost.abort();
    }
  }
  await work;
  if (renewedMs + times.leaseMs > performance.now()) await release(options);
}

function refOf({ namespace, name }: ElectionOptions): ObjectRef {
  return { resource: resources.leases, namespace, name };
}

async function tryAcquire(
  options: ElectionOptions,
  times: ElectionTimes,
  observed: { version: string; sinceMs: number },
  signal: AbortSignal,
): Promise<boolean> {
  const { kube, namespace, name, identity, log } = options;
  try {
    const lease = await kube.get<Lease>(refOf(options), signal);
    if (lease === null) {
      const created: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace },
        spec: heldBy(identity, times, 0),
      };
      await kube.create(resources.leases, created, signal);
      return true;
    }
    const version = lease.metadata.resourceVersion ?? '';
    if (version !== observed.version) Object.assign(observed, { version, sinceMs: performance.now() });
    const holder = lease.spec?.holderIdentity ?? '';
    const lasts = (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
    const expired = performance.now() - observed.sinceMs >= lasts;
    if (holder !== '' && holder !== identity && !expired) return false;
    await write(options, version, heldBy(identity, times, (lease.spec?.leaseTransitions ?? 0) + 1), signal);
    return true;
  } catch (error) {
    if (!signal.aborted && !(error instanceof KubeError && error.status === 409)) {
      log.warn('cannot try for the lease', { error: String(error) });
    }
    return false;
  }
}

async function renew(
  options: ElectionOptions,
  times: ElectionTimes,
  signal: AbortSignal,
): Promise<'yes' | 'no' | 'taken'> {
  try {
    const lease = await options.kube.get<Lease>(refOf(options), signal);
    if (lease === null || lease.spec?.holderIdentity !== options.identity) return 'taken';
    const { acquireTime: _acquired, ...spec } = heldBy(
      options.identity,
      times,
      lease.spec.leaseTransitions ?? 0,
    );
    await write(options, lease.metadata.resourceVersion ?? '', spec, signal);
    return 'yes';
  } catch (error) {
    if (!signal.aborted) options.log.warn('cannot renew the lease', { error: String(error) });
    return 'no';
  }
}

/** So that another replica need not wait. */
async function release(options: ElectionOptions): Promise<void> {
  const signal = AbortSignal.timeout(2_000);
  try {
    const lease = await options.kube.get<Lease>(refOf(options), signal);
    if (lease?.spec?.holderIdentity !== options.identity) return;
    await write(options, lease.metadata.resourceVersion ?? '', { holderIdentity: '' }, signal);
  } catch (error) {
    options.log.warn('cannot give the lease back', { error: String(error) });
  }
}

async function write(
  options: ElectionOptions,
  resourceVersion: string,
  spec: NonNullable<Lease['spec']>,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { resourceVersion }, spec };
  await options.kube.patch(refOf(options), { kind: 'merge', body }, signal);
}

function heldBy(
  identity: string,
  times: ElectionTimes,
  leaseTransitions: number,
): NonNullable<Lease['spec']> {
  const now = new Date().toISOString().replace('Z', '000Z');
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.max(1, Math.round(times.leaseMs / 1000)),
    acquireTime: now,
    renewTime: now,
    leaseTransitions,
  };
}

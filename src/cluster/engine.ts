import { SeatrialError } from '../errors.ts';
import { Gateways } from '../gateway/gateways.ts';
import { baselineKey, withKey } from '../routing/key.ts';
import { checkLease, checkSpec } from '../sandbox/check.ts';
import type { Endpoint, Engine, Removal, Service } from '../sandbox/engine.ts';
import { noSuchFork, notOwner, sandboxNotReady, unknownService } from '../sandbox/errors.ts';
import type { Receipt, ReceiptQuery } from '../sandbox/hop.ts';
import { sameOwner } from '../sandbox/owner.ts';
import type { Baseline, ForkSpec, Owner, Sandbox, SandboxSpec, Side } from '../sandbox/sandbox.ts';
import { waitFor } from '../sandbox/wait.ts';
import { baselineOf, baselineRevisions } from './baseline.ts';
import { baselineLogs } from './baseline-logs.ts';
import { askedOf, asking } from './errors.ts';
import { ImageMemory } from './image-memory.ts';
import { type ClusterEngineOptions, defaultWaits, type Waits } from './options.ts';
import { Owners, sameResourceOwner } from './owners.ts';
import { readForkSpec, readSandbox, serves } from './read.ts';
import { readReceipts } from './receipts.ts';
import { ClusterSandboxes } from './sandboxes.ts';
import { ClusterServices } from './services.ts';
import { type Entry, SandboxStore } from './store.ts';
import { teardownEntry } from './teardown.ts';
import { newSandbox, observed, writeForks } from './write.ts';

/** As a tombstone: an hour. */
const goneKeptMs = 3600_000;

/**
 * The Engine over Sandbox resources of one namespace: it writes and reads those, and goes through the gateway for the
 * rest. Rejects where the cluster, the resource or the rights are not there, with what to do.
 */
export async function createClusterEngine(
  options: ClusterEngineOptions,
  signal: AbortSignal,
): Promise<Engine> {
  const { kube, namespace, machine } = options;
  const ask = <T>(verb: string, work: Promise<T>) => waitFor(asking(askedOf(options, verb), work), signal);
  const review = {
    ...askedOf(options, 'create'),
    group: 'authentication.k8s.io',
    resource: 'selfsubjectreviews',
  };
  const principal = await waitFor(asking(review, kube.whoAmI(signal)), signal);
  const gateways = new Gateways();
  const store = new SandboxStore({
    kube,
    namespace,
    keptMs: goneKeptMs,
    onGone: ({ resource }) => void gateways.close(resource.metadata.name),
    onError: (error) => options.log.warn('watch-sandboxes', { namespace, error: error.message }),
  });
  await ask('list', store.start(signal));
  return new ClusterEngine(options, { store, gateways, owners: new Owners(principal, machine) });
}

interface Parts {
  readonly store: SandboxStore;
  readonly gateways: Gateways;
  readonly owners: Owners;
}

class ClusterEngine implements Engine {
  readonly #options: ClusterEngineOptions;
  readonly #parts: Parts;
  readonly #waits: Waits;
  readonly #sandboxes: ClusterSandboxes;
  readonly #images = new ImageMemory();
  readonly #services: ClusterServices;
  #closed = false;

  constructor(options: ClusterEngineOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#waits = { ...defaultWaits, ...options.waits };
    this.#services = new ClusterServices(options);
    const view = (entry: Entry) => this.#view(entry);
    this.#sandboxes = new ClusterSandboxes({ ...options, ...this.#waits, store: parts.store, view });
  }

  /** As far as the cluster was asked for its services. */
  get baseline(): Baseline {
    return baselineOf(this.#options.baseline, this.#services.ours);
  }

  async services(signal: AbortSignal): Promise<readonly Service[]> {
    const found = await this.#services.ask(signal);
    return Object.values(this.#options.services()).map(({ name, shared }) => {
      const service = found.find((each) => each.name === name);
      const refusal = shared
        ? `${name} is shared: baseline and sandboxes use one of it.`
        : service === undefined
          ? `Namespace ${this.#options.namespace} has no Service ${name}: correct its name in seatrial.yaml, or deploy it.`
          : service.refusal;
      return { name, shared, forkable: refusal === null && service?.forkable === true, refusal };
    });
  }

  async provision(spec: SandboxSpec, signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    checkSpec(spec);
    const { services, maxSandboxes } = this.#options.config(spec.owner);
    const owner = this.#parts.owners.write(spec.owner);
    const forks = writeForks(spec.forks, services);
    for (;;) {
      const known = await this.#sandboxes.find(spec.name, signal);
      if (known === null) {
        await this.#sandboxes.checkCount(owner, maxSandboxes, signal);
        const observe = observed(forks, services);
        const wanted = newSandbox(spec, {
          namespace: this.#options.namespace,
          owner,
          forks,
          observe,
          now: new Date(),
        });
        const created = await this.#sandboxes.create(wanted, signal);
        // Somebody was faster: what stands there now is looked at.
        if (created === null) continue;
        created.begunMs = performance.now();
        return await this.#sandboxes.keyed(created, signal);
      }
      if (!sameResourceOwner(known.resource.spec.owner, owner)) throw notOwner(spec.name);
      if (known.resource.metadata.deletionTimestamp !== undefined) {
        // Its end is under way; the name is free again when the API has it no more.
        await this.#sandboxes.waitGone(known, signal);
        continue;
      }
      const entry = await this.#sandboxes.setForks(known, forks, observed(forks, services), false, signal);
      const lease = entry.resource.spec.lease.durationSeconds;
      if (lease !== spec.leaseSeconds) await this.#sandboxes.renew(entry, spec.leaseSeconds, signal);
      return await this.#sandboxes.keyed(entry, signal);
    }
  }

  async update(name: string, forks: readonly ForkSpec[], signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    const entry = await this.#sandboxes.live(name, signal);
    const { services } = this.#options.config(this.#parts.owners.read(entry.resource.spec.owner));
    const written = writeForks(forks, services);
    return await this.#sandboxes.keyed(
      await this.#sandboxes.setForks(entry, written, observed(written, services), true, signal),
      signal,
    );
  }

  async forks(name: string, signal: AbortSignal): Promise<readonly ForkSpec[]> {
    return (await this.#sandboxes.entry(name, signal)).resource.spec.forks.map(readForkSpec);
  }

  async *watch(name: string, signal: AbortSignal): AsyncIterable<Sandbox> {
    const entry = await this.#sandboxes.entry(name, signal);
    let last = '';
    for (;;) {
      const { version } = entry.changes;
      const view = this.#view(entry);
      const text = JSON.stringify(view);
      if (text !== last) yield view;
      last = text;
      if (view.state === 'gone') return;
      await entry.changes.after(version, signal);
    }
  }

  async renew(name: string, leaseSeconds: number | null, signal: AbortSignal): Promise<Sandbox> {
    this.#open(signal);
    if (leaseSeconds !== null) checkLease(leaseSeconds);
    const entry = await this.#sandboxes.live(name, signal);
    await this.#sandboxes.renew(entry, leaseSeconds ?? entry.resource.spec.lease.durationSeconds, signal);
    return this.#view(entry);
  }

  async list(owner: Owner | null, signal: AbortSignal): Promise<readonly Sandbox[]> {
    signal.throwIfAborted();
    if (owner !== null) this.#parts.owners.write(owner);
    await this.#sandboxes.ask('list', this.#parts.store.fresh(signal), signal);
    const byName = new Map(this.#parts.store.all().map((entry) => [entry.resource.metadata.name, entry]));
    const all = [...byName.values()].map((entry) => this.#view(entry));
    return owner === null ? all : all.filter((sandbox) => sameOwner(sandbox.owner, owner));
  }

  async endpoint(service: string, side: Side, signal: AbortSignal): Promise<Endpoint> {
    this.#open(signal);
    const known = this.#options.services();
    if (!Object.hasOwn(known, service)) throw unknownService(service, Object.keys(known));
    let entry: Entry | null = null;
    if (side.kind === 'sandbox') {
      entry = await this.#sandboxes.live(side.name, signal);
      if (!serves(this.#view(entry))) throw sandboxNotReady(this.#view(entry));
    }
    const port = await this.#services.portOf(service, signal);
    const key = entry?.resource.status?.routingKey ?? baselineKey;
    const host = port === 80 ? service : `${service}:${port}`;
    const target = { id: `${service}:${port}`, dial: () => this.#options.channel.open(service, port) };
    const opening = this.#parts.gateways.of(service, side.kind === 'sandbox' ? side.name : null, {
      key,
      serviceHost: host,
      upstream: () => {
        if (entry !== null && !serves(this.#view(entry))) throw sandboxNotReady(this.#view(entry));
        return target;
      },
    });
    const { origin } = await waitFor(opening, signal);
    const fork = entry?.resource.status?.forks?.find((each) => each.service === service);
    const own = fork?.podName === undefined ? {} : { own: { pod: fork.podName } };
    return { origin, host, headers: withKey([], key, null), ...own };
  }

  async receipts({ side, ...query }: ReceiptQuery, signal: AbortSignal): Promise<Receipt> {
    signal.throwIfAborted();
    const key =
      side.kind === 'baseline'
        ? baselineKey
        : ((await this.#sandboxes.entry(side.name, signal)).resource.status?.routingKey ?? '');
    return await waitFor(readReceipts(this.#options.channel, key, query, signal), signal);
  }

  async logs(
    name: string | null,
    service: string,
    tail: number,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    signal.throwIfAborted();
    const known = this.#options.services();
    if (!Object.hasOwn(known, service)) throw unknownService(service, Object.keys(known));
    const { channel } = this.#options;
    if (name === null) return await waitFor(baselineLogs(this.#options, service, tail, signal), signal);
    const entry = await this.#sandboxes.entry(name, signal);
    const { forks, state } = this.#view(entry);
    const fork = forks.find((each) => each.service === service);
    if (fork === undefined) {
      throw noSuchFork(
        name,
        service,
        forks.map((each) => each.service),
      );
    }
    // Its pod is gone, or never got so far: what the controller kept of it is all that there is.
    if (state === 'gone' || fork.instance === '') return fork.logTail.slice(-tail || fork.logTail.length);
    return await waitFor(channel.logs(name, service, tail, signal), signal);
  }

  async teardown(name: string, signal: AbortSignal): Promise<Removal> {
    const entry = await this.#sandboxes.entry(name, signal);
    const { kube, namespace } = this.#options;
    const { store, gateways } = this.#parts;
    const removal = teardownEntry(entry, {
      kube,
      namespace,
      store,
      gateways,
      waitMs: this.#waits.teardownMs,
    });
    return await this.#sandboxes.ask('delete', removal, signal);
  }

  /** Never ends sandboxes: those have leases. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#parts.store.close();
    await this.#parts.gateways.close('all');
    await this.#options.channel.close();
  }

  #view(entry: Entry): Sandbox {
    const { resource } = entry;
    const sandbox = readSandbox(resource, {
      owner: this.#parts.owners.read(resource.spec.owner),
      baseline: this.baseline,
      now: Date.now(),
      gone: entry.goneMs !== null,
      timings: entry.timings,
      otherRevisions: (service, digest, revision) => {
        const before = this.#images.earlier(digest, revision);
        const { known } = this.#services;
        const baseline = baselineRevisions(service, digest, known, this.#options.baseline);
        return before === null ? baseline : [...baseline, before];
      },
    });
    if (entry.begunMs === null || sandbox.state === 'provisioning') return sandbox;
    entry.timings = { start: Math.round(performance.now() - entry.begunMs) };
    entry.begunMs = null;
    return { ...sandbox, timings: entry.timings };
  }

  #open(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (!this.#closed) return;
    throw new SeatrialError('host-gone', {
      what: 'The host is ending.',
      next: 'Call again: a new host starts.',
    });
  }
}

import { SeatrialError } from '../../errors.ts';
import type { Deployment, NetworkPolicy, Pod, Service } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { containsLabels } from '../../kube/selector.ts';
import { selectorOwner, settingOf } from '../../operator/enrolment/drift.ts';
import {
  allServices,
  type EnrolmentList,
  getList,
  type ListEntry,
  writeList,
} from '../../operator/enrolment/list.ts';
import { networkRefusal } from '../../operator/enrolment/network-refusal.ts';
import { originalOf, storedOriginal } from '../../operator/enrolment/original.ts';
import { isReady } from '../../operator/enrolment/routers.ts';
import { originalService, ownServices } from '../../operator/enrolment/wanted.ts';
import { serviceRefusal } from '../../operator/fork/service-refusal.ts';
import { labels } from '../../sandbox/cluster-names.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Context } from '../verb.ts';
import { type ClusterOptions, type Connection, until, withCluster } from './connect.ts';
import { trouble } from './pods.ts';
import { restartedAt, restartWorkloads } from './restart.ts';

export interface EnrollOptions extends ClusterOptions {
  readonly restart?: boolean;
  readonly wait?: number;
}

type Outcome = { readonly service: string } & (
  | { readonly kind: 'enrolled'; readonly owner?: Owner }
  | { readonly kind: 'pending' }
  /** `left-alone`: refused, and not asked for by name. */
  | {
      readonly kind: 'refused' | 'left-alone';
      readonly reason: string;
      readonly message: string;
      readonly next: string;
    }
);

/** A tool that will take the Service back when it applies it again, and its setting against that. */
interface Owner {
  readonly manager: string;
  readonly next: string;
}

const waitSeconds = 120;

/** Writes what is to be enrolled; the controller does it, and this waits for it. */
export async function enroll(
  context: Context,
  services: readonly string[],
  options: EnrollOptions,
): Promise<ExitCode> {
  return withCluster(context, options, async (connection) => {
    const { kube, namespace, signal } = connection;
    await requireController(connection);
    const there = await userServices(connection);
    requireServices(services, there, namespace);
    const time = new Date().toISOString();
    const list = await getList(kube, namespace, signal);
    const keys = services.length === 0 ? [allServices, ...leftOut(list)] : services;
    const entry: ListEntry = { by: 'user', since: time, lastUsed: time };
    await writeList(kube, namespace, Object.fromEntries(keys.map((key) => [key, entry])), signal);

    const asked = services.length === 0 ? there.map(({ metadata }) => metadata.name) : services;
    context.terminal.progress('waiting for routers and Services');
    let outcomes: readonly Outcome[] = [];
    await until(options.wait ?? waitSeconds, signal, async () => {
      outcomes = await look(connection, asked, services.length > 0);
      if (outcomes.some(({ kind }) => kind === 'pending')) return null;
      // What comes next goes through the gateway.
      const done = outcomes.every(({ kind }) => kind !== 'enrolled') || (await hasGateway(connection));
      return done ? true : null;
    });
    const enrolled = outcomes.filter(({ kind }) => kind === 'enrolled').map(({ service }) => service);
    const restarted =
      options.restart === true
        ? await restartWorkloads(connection, await workloadsOf(connection, enrolled))
        : [];
    const pending = outcomes.filter(({ kind }) => kind === 'pending');
    const why = pending.length === 0 ? null : await whyPending(connection);
    if (options.json === true) context.terminal.printJson({ namespace, services: outcomes, restarted, why });
    else context.terminal.print(textOf(namespace, outcomes, restarted, why));
    const refused = outcomes.some(({ kind }) => kind === 'refused');
    return pending.length > 0 || refused ? exit.couldNotRun : exit.passed;
  });
}

function leftOut(list: EnrolmentList): readonly string[] {
  return Object.keys(list).filter((key) => list[key]?.released === true || list[key]?.stopped !== undefined);
}

export async function userServices({ kube, namespace, signal }: Connection): Promise<readonly Service[]> {
  return ownServices((await kube.list<Service>(resources.services, { namespace }, signal)).items);
}

function requireServices(names: readonly string[], there: readonly Service[], namespace: string): void {
  const known = there.map(({ metadata }) => metadata.name);
  const missing = names.filter((name) => !known.includes(name));
  if (missing.length === 0) return;
  throw new SeatrialError('unknown-service', {
    what: `Namespace ${namespace} has no Service ${missing.join(', ')}.`,
    next: `Name some of: ${known.join(', ') || '(none are there)'}; or give another --namespace.`,
  });
}

async function requireController({ kube, signal }: Connection): Promise<void> {
  const { items } = await kube.list<Deployment>(
    resources.deployments,
    { labelSelector: `${labels.role}=controller` },
    signal,
  );
  if (items.some(({ status }) => (status?.readyReplicas ?? 0) > 0)) return;
  throw new SeatrialError('not-installed', {
    what:
      items.length === 0
        ? 'Seatrial is not installed in this cluster.'
        : 'No controller of Seatrial is ready.',
    next: items.length === 0 ? 'Run seatrial install first.' : 'Run seatrial doctor, and mend what it names.',
  });
}

async function look(
  connection: Connection,
  asked: readonly string[],
  byName: boolean,
): Promise<readonly Outcome[]> {
  const { kube, namespace, signal } = connection;
  const there = await userServices(connection);
  const list = await getList(kube, namespace, signal);
  const parted = await partedByPolicies(connection);
  return asked.map((service): Outcome => {
    const found = there.find(({ metadata }) => metadata.name === service);
    const stopped = list[service]?.stopped;
    const kind = byName ? 'refused' : 'left-alone';
    if (stopped !== undefined) {
      const { message, next } = stopped;
      return { service, kind: 'refused', reason: 'RestoredByOthers', message, next };
    }
    if (found === undefined) {
      const message = `Service ${service} was deleted.`;
      return { service, kind, reason: 'ServiceMissing', message, next: 'Nothing to do.' };
    }
    if (storedOriginal(found) !== null) return { service, kind: 'enrolled', ...ownerOf(found) };
    const refusal = serviceRefusal(originalService(found)) ?? parted(found);
    return refusal === null ? { service, kind: 'pending' } : { service, kind, ...refusal };
  });
}

async function partedByPolicies({ kube, namespace, signal }: Connection) {
  const [policies, deployments] = await Promise.all([
    kube.list<NetworkPolicy>(resources.networkPolicies, { namespace }, signal),
    kube.list<Deployment>(resources.deployments, { namespace }, signal),
  ]);
  return (service: Service) =>
    networkRefusal(
      { name: service.metadata.name, namespace, original: originalOf(service) },
      deployments.items,
      policies.items,
    );
}

function ownerOf(service: Service) {
  const manager = selectorOwner(storedOriginal(service)?.managedFields ?? []);
  const next = manager === null ? null : settingOf(manager, service);
  return manager === null || next === null ? {} : { owner: { manager, next: `${next}.` } };
}

async function hasGateway({ kube, namespace, signal }: Connection): Promise<boolean> {
  const labelSelector = `${labels.role}=gateway`;
  const { items } = await kube.list<Pod>(resources.pods, { namespace, labelSelector }, signal);
  return items.some(isReady);
}

/** Deployments behind Services that are enrolled. */
async function workloadsOf(
  connection: Connection,
  services: readonly string[],
): Promise<readonly Deployment[]> {
  const { kube, namespace, signal } = connection;
  const selectors = (await userServices(connection))
    .filter(({ metadata }) => services.includes(metadata.name))
    .map((service) => originalService(service).spec.selector ?? {});
  const { items } = await kube.list<Deployment>(resources.deployments, { namespace }, signal);
  return items.filter(
    ({ metadata, spec }) =>
      metadata.labels?.[labels.role] === undefined &&
      metadata.labels?.[labels.sandbox] === undefined &&
      selectors.some((selector) => containsLabels(spec.template.metadata?.labels ?? {}, selector)),
  );
}

async function whyPending({ kube, namespace, signal }: Connection): Promise<string> {
  const { items } = await kube.list<Pod>(
    resources.pods,
    { namespace, labelSelector: `${labels.role}=router` },
    signal,
  );
  if (items.length === 0) {
    return 'No router pod was made: see the log of the controller, and quotas and admission rules of the namespace.';
  }
  return [...new Set(items.map(trouble))].join(' ');
}

function textOf(
  namespace: string,
  outcomes: readonly Outcome[],
  restarted: readonly string[],
  why: string | null,
): string {
  const lines = outcomes.map((outcome) => {
    const { kind, service } = outcome;
    if ('reason' in outcome) return `${kind.padEnd(10)} ${service}: ${outcome.message} ${outcome.next}`;
    const owner = 'owner' in outcome ? outcome.owner : undefined;
    const keeps =
      owner === undefined
        ? ''
        : `, which ${owner.manager} takes back when it applies it again. ${owner.next}`;
    return `${kind.padEnd(10)} ${service}${keeps}`;
  });
  const old =
    restarted.length > 0
      ? `Restarted ${restarted.join(', ')}: connections from before are gone. Their pod templates keep the annotation ${restartedAt}, as after kubectl rollout restart: to take it off would be one more rollout.`
      : 'Callers that keep connections open stay on the old way until those close; --restart ends them.';
  return [
    ...(lines.length === 0 ? [`Namespace ${namespace} has no Services.`] : lines),
    ...(outcomes.some(({ kind }) => kind === 'enrolled') ? [old] : []),
    ...(why === null
      ? []
      : [`Not done yet: ${why} It goes on by itself; seatrial doctor says how far it is.`]),
  ].join('\n');
}

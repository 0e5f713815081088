import type { Pod } from '../../kube/objects.ts';
import { mintKey } from '../../routing/key.ts';
import { annotations, finalizer, labels } from '../../sandbox/cluster-names.ts';
import type { ResourceFork, SandboxResource } from '../../sandbox/resource.ts';
import { readyWithinMs, viewFork } from '../fork/fork-state.ts';
import { afterServing } from './after-serving.ts';
import type { BaselineWorld } from './baselines.ts';
import type { EnrolmentFact, ForkFacts, Made } from './facts.ts';
import { followPolicies } from './fork-policies.ts';
import { needsRouters, noteWanted, type Routes, routeFact } from './fork-route.ts';
import { judgeForkStatus } from './fork-status.ts';
import { removeOrphans } from './gone.ts';
import { logTailOf } from './log-tail.ts';
import { type MadeFork, makeOne, planFork, unwantedForks } from './make-forks.ts';
import type { PassEnd } from './queue.ts';
import { troubleOf } from './routed.ts';
import { nextStatus } from './status.ts';
import { decideWrite, progressPause } from './status-write.ts';
import type { Subject, World } from './world.ts';
import { addFinalizer, writeStatus } from './writes.ts';

/** A problem that only another look can solve, such as a missing right. */
const problemAgainMs = 10_000;

/**
 * One pass over a Sandbox that is to live: key first, then its forks, then what became of them, then the status.
 * Idempotent: it makes what is missing and writes what differs.
 */
export async function provision(world: World, first: Subject, signal: AbortSignal): Promise<PassEnd> {
  let subject = first;
  const move = (resource: SandboxResource) => {
    subject = { ...subject, resource };
  };
  const baseline = await world.baselines.world(subject.namespace);
  if (!(subject.resource.metadata.finalizers ?? []).includes(finalizer)) {
    move(await addFinalizer(world, subject, signal));
  }
  const { spec } = subject.resource;
  const plans = spec.forks.map((fork) => ({ fork, plan: planFork(world, subject, fork, baseline) }));
  const routingKey = subject.resource.status?.routingKey ?? mintKey();
  if (subject.resource.status?.routingKey === undefined) {
    // Persisted before anything stands that only the key leads to.
    const facts = plans.map(({ fork, plan }) => factsOfPlan(world, subject, fork, plan, null));
    const enrolment: EnrolmentFact = { kind: 'pending', message: 'Not looked at yet.' };
    const { status } = nextStatus({
      ...common(subject, routingKey),
      forks: facts,
      enrolment,
      routersReady: 0,
    });
    move(await writeStatus(world, subject, status, signal));
  }
  const owner = {
    name: subject.name,
    namespace: subject.namespace,
    uid: subject.resource.metadata.uid ?? '',
    routingKey,
  };
  const made = await Promise.all(
    plans.map(async ({ fork, plan }): Promise<{ fork: ResourceFork; plan: MadeFork }> => {
      if (plan.kind === 'there') {
        await followPolicies(world, subject, owner, fork.service, plan.deployment, baseline, signal);
      }
      if (plan.kind !== 'toMake') return { fork, plan };
      const result = await makeOne(world, subject, owner, fork, plan, baseline, signal);
      return { fork, plan: 'spec' in result ? { kind: 'there', deployment: result } : result };
    }),
  );
  await removeOrphans(world, subject, unwantedForks(world, subject), signal);

  const routers = world.routers(subject.namespace);
  const ready = routers.flatMap((router) => (router.ready ? [router.uid] : []));
  const services = spec.forks.map(({ service }) => service);
  noteWanted(subject.memory, services);
  const wanted = [...services, ...(spec.observe ?? [])].filter((name) => hasService(baseline, name));
  const enrolled = world.enrolling.look(subject.namespace, wanted, baseline.services, ready.length);
  const asks = made.some(({ fork, plan }) => {
    if (plan.kind !== 'there') return false;
    const { made: found } = factsOfPlan(world, subject, fork, plan, null);
    return 'view' in found && needsRouters(subject.memory, fork.service, found, ready);
  });
  const views = asks ? world.follower.follow(subject.key, subject.name, routers) : null;
  if (views === null) world.follower.unfollow(subject.key);
  const trouble = troubleOf(world.routerStates.follow(subject.namespace, '', routers));
  const routes = (fork: ResourceFork) => ({
    views,
    routable: hasService(baseline, fork.service),
    ready,
    trouble,
  });
  const forks = await Promise.all(
    made.map(async ({ fork, plan }) => {
      const facts = factsOfPlan(world, subject, fork, plan, routes(fork));
      if (!('view' in facts.made) || !judgeForkStatus(facts, Date.now()).failed) return facts;
      return { fork, made: { ...facts.made, logTail: await logTailOf(world, subject, facts.made, signal) } };
    }),
  );
  const next = nextStatus({
    ...common(subject, routingKey),
    forks,
    enrolment: enrolled.fact,
    routersReady: ready.length,
  });
  const problem = made.some(({ plan }) => plan.kind === 'refused');
  const waits = [next.recheckMs, enrolled.recheckMs, problem ? problemAgainMs : null];
  const sinceMs = performance.now() - subject.memory.lastWriteMs;
  const everyMs = progressPause(performance.now() - subject.memory.lastChangeMs);
  const decision = decideWrite(subject.resource.status, next.status, sinceMs, everyMs);
  if (decision.kind === 'later') waits.push(decision.inMs);
  if (decision.kind === 'now') {
    const before = subject.resource.status?.phase;
    move(await writeStatus(world, subject, next.status, signal));
    tell(world, subject, before);
  }
  return { kind: 'again', inMs: Math.min(...waits.filter((wait) => wait !== null)) };
}

function common({ resource }: Subject, routingKey: string) {
  return { resource, routingKey, nowEpochMs: Date.now() };
}

function factsOfPlan(
  world: World,
  subject: Subject,
  fork: ResourceFork,
  plan: MadeFork,
  routes: Routes | null,
): ForkFacts {
  if (plan.kind === 'refused') return { fork, made: plan };
  const deployment = plan.kind === 'toMake' ? null : plan.deployment;
  const noted = deployment?.metadata.annotations ?? {};
  const container = plan.kind === 'toMake' ? plan.forkable.container : (noted[annotations.container] ?? '');
  const workload =
    plan.kind === 'toMake' ? plan.forkable.deployment.metadata.name : (noted[annotations.workload] ?? '');
  const before = subject.resource.status?.forks?.find(({ service }) => service === fork.service);
  const seen = viewFork(deployment, podsOf(world, subject, fork.service), container, Date.now());
  const view = afterServing(seen, container, before);
  const template = (plan.kind === 'toMake' ? plan.forkable.deployment : plan.deployment).spec.template;
  const made: Made = {
    kind: 'made',
    workload,
    container,
    view,
    route: { kind: 'pending', message: 'The fork does not run yet.', refusal: null },
    readyWithinMs: readyWithinMs(template.spec.containers.find(({ name }) => name === container)),
    logTail: [],
  };
  return { fork, made: routes === null ? made : { ...made, route: routeFact(subject, fork, made, routes) } };
}

function podsOf({ stores }: World, { namespace, name }: Subject, service: string): readonly Pod[] {
  return stores.pods
    .ofSandbox(namespace, name)
    .filter(({ metadata }) => metadata.labels?.[labels.service] === service);
}

function hasService({ services }: BaselineWorld, name: string): boolean {
  return services.some(({ metadata }) => metadata.name === name);
}

/** An Event for each change of phase that people look for. */
function tell(world: World, { resource }: Subject, before: string | undefined): void {
  const { phase, conditions = [] } = resource.status ?? {};
  if (phase === before) return;
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (phase === 'Ready') {
    const tookMs = Date.now() - Date.parse(resource.metadata.creationTimestamp ?? '');
    if (before === 'Provisioning') world.metrics.observe('seatrial_provision_seconds', tookMs / 1000);
    world.events.normal(resource, 'Ready', ready?.message ?? '');
  }
  if (phase === 'Failed') world.events.warning(resource, ready?.reason ?? 'Failed', ready?.message ?? '');
}

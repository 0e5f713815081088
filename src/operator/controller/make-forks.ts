import { KubeError } from '../../kube/api.ts';
import type { Deployment } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { annotations, fieldManagers } from '../../sandbox/cluster-names.ts';
import type { ResourceFork } from '../../sandbox/resource.ts';
import { type ForkOwner, makeFork } from '../fork/fork.ts';
import { forkHash, forkName } from '../fork/names.ts';
import { type Forkable, judgeFork } from '../fork/refusals.ts';
import type { BaselineWorld } from './baselines.ts';
import type { Problem } from './facts.ts';
import { forbidden, isTerminating } from './forbidden.ts';
import { keepPolicies } from './fork-policies.ts';
import { newerOrNull } from './memory.ts';
import type { Subject, World } from './world.ts';

/** The Deployment of a fork as it should be, or why there is none. */
export type MadeFork =
  | { readonly kind: 'there'; readonly deployment: Deployment }
  /** Deleted by somebody else; another is made once it is gone. */
  | { readonly kind: 'ending'; readonly deployment: Deployment }
  | { readonly kind: 'toMake'; readonly forkable: Forkable; readonly old: Deployment | null }
  | Problem;

/** What is to be done for one fork. One that is there as the Sandbox says stays, whatever became of its baseline. */
export function planFork(
  { stores }: Pick<World, 'stores'>,
  { resource, namespace, memory }: Subject,
  fork: ResourceFork,
  baseline: BaselineWorld,
): MadeFork {
  const name = forkName({ name: resource.metadata.name, uid: resource.metadata.uid ?? '' }, fork.service);
  const there = newerOrNull(stores.forks.get(namespace, name), memory.made.get(name) ?? null);
  if (there?.metadata.deletionTimestamp !== undefined) return { kind: 'ending', deployment: there };
  if (there?.metadata.annotations?.[annotations.fork] === forkHash(fork)) {
    return { kind: 'there', deployment: there };
  }
  const judged = judgeFork(fork, baseline);
  if (judged.kind === 'refused') return judged;
  return { kind: 'toMake', forkable: judged, old: there };
}

/** Creates the fork, or gives it its new template: one write, and those of its policies. */
export async function makeOne(
  world: World,
  subject: Subject,
  owner: ForkOwner,
  fork: ResourceFork,
  { forkable, old }: Extract<MadeFork, { kind: 'toMake' }>,
  baseline: BaselineWorld,
  signal: AbortSignal,
): Promise<Deployment | Problem> {
  const deployment = makeFork(owner, fork, forkable.deployment, forkable.container);
  try {
    const [made] = await Promise.all([
      old === null ? create(world, deployment, signal) : replaceTemplate(world, old, deployment, signal),
      keepPolicies(world, subject, owner, fork.service, forkable.deployment, deployment, baseline, signal),
    ]);
    subject.memory.made.set(deployment.metadata.name, made);
    subject.memory.routed.delete(fork.service);
    world.events.normal(
      subject.resource,
      old === null ? 'ForkCreated' : 'ForkChanged',
      `Fork of ${fork.service} from Deployment ${forkable.deployment.metadata.name}: ${fork.source.image}`,
    );
    return made;
  } catch (error) {
    const problem = problemOf(error, fork.service);
    if (problem === null) throw error;
    return problem;
  }
}

async function create(world: World, deployment: Deployment, signal: AbortSignal): Promise<Deployment> {
  try {
    return await world.kube.create(resources.deployments, deployment, signal);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
    const { name, namespace = '' } = deployment.metadata;
    // Made by us before a restart: its name holds the uid of the Sandbox.
    const there = await world.kube.get<Deployment>(
      { resource: resources.deployments, namespace, name },
      signal,
    );
    if (there === null) throw error;
    return there;
  }
}

/** The baseline of now is what the new fork is made from, as if it were created. */
async function replaceTemplate(
  world: World,
  old: Deployment,
  next: Deployment,
  signal: AbortSignal,
): Promise<Deployment> {
  const { name, namespace = '' } = old.metadata;
  return world.kube.patch<Deployment>(
    { resource: resources.deployments, namespace, name },
    {
      kind: 'json',
      operations: [
        { op: 'test', path: '/metadata/uid', value: old.metadata.uid },
        { op: 'add', path: '/metadata/annotations', value: next.metadata.annotations },
        { op: 'replace', path: '/spec/template', value: next.spec.template },
      ],
      fieldManager: fieldManagers.controller,
    },
    signal,
  );
}

/** What the API has against a fork, where trying again at once is no use; null for what passes. */
function problemOf(error: unknown, service: string): Problem | null {
  if (!(error instanceof KubeError)) return null;
  const say = (reason: string, next: string): Problem => ({
    kind: 'refused',
    reason,
    message: `The fork of ${service} cannot be made: ${error.message}`,
    next,
  });
  if (isTerminating(error))
    return say('NamespaceTerminating', 'Use another namespace; this one is being deleted.');
  if (error.status === 403 && /exceeded quota/.test(error.message)) {
    return say('QuotaExceeded', 'Tear down sandboxes that are not needed, or raise the quota.');
  }
  const right = forbidden(error);
  if (right !== null) return say(right.reason, `${right.message} ${right.next}`);
  if (error.status === 403) {
    return say(
      'ForkDenied',
      'Change what it names in the fork, or have the admission policy let forks through.',
    );
  }
  if (error.status === 422 || error.status === 400) {
    return say('ForkInvalid', 'Change what the message names in the fork, or in the baseline.');
  }
  return null;
}

/** Forks of the Sandbox's name that it does not ask for: services taken off, and those of an earlier Sandbox. */
export function unwantedForks(
  { stores }: World,
  { namespace, name, resource }: Subject,
): readonly Deployment[] {
  const owner = { name, uid: resource.metadata.uid ?? '' };
  const wanted = new Set(resource.spec.forks.map(({ service }) => forkName(owner, service)));
  return stores.forks.ofSandbox(namespace, name).filter(({ metadata }) => !wanted.has(metadata.name));
}

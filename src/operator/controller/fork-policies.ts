import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../../kube/api.ts';
import type { Deployment, NetworkPolicy } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import { annotations, fieldManagers, labels } from '../../sandbox/cluster-names.ts';
import type { ForkOwner } from '../fork/fork.ts';
import { forkPolicies } from '../fork/policies.ts';
import type { BaselineWorld } from './baselines.ts';
import { isTerminating } from './forbidden.ts';
import { newerOrNull } from './memory.ts';
import { removeAll } from './remove.ts';
import type { Subject, World } from './world.ts';

interface PolicyWorld {
  readonly kube: World['kube'];
  readonly stores: Pick<World['stores'], 'policies'>;
}

/**
 * Keeps the policies of a fork as those of its baseline are now: made, changed and removed with them. `workload` is the
 * baseline's Deployment, `deployment` the fork.
 */
export async function keepPolicies(
  world: PolicyWorld,
  { namespace, name, memory }: Pick<Subject, 'namespace' | 'name' | 'memory'>,
  owner: ForkOwner,
  service: string,
  workload: Deployment,
  deployment: Deployment,
  { policies }: Pick<BaselineWorld, 'policies'>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = forkPolicies(
    owner,
    service,
    workload.spec.template.metadata?.labels ?? {},
    deployment.spec.template.metadata?.labels ?? {},
    policies,
  );
  const there = world.stores.policies
    .ofSandbox(namespace, name)
    .filter(({ metadata }) => metadata.labels?.[labels.service] === service);
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const stale = there.filter(({ metadata }) => !names.has(metadata.name));
  await Promise.all([
    ...wanted.map(async (policy) => {
      const seen = there.find(({ metadata }) => metadata.name === policy.metadata.name) ?? null;
      const made = newerOrNull(seen, memory.policies.get(policy.metadata.name) ?? null);
      if (made === seen) memory.policies.delete(policy.metadata.name);
      if (made !== null && isDeepStrictEqual(made.spec, policy.spec)) return;
      const written = await (made === null ? create : replace)(world, policy, signal);
      if (written !== null) memory.policies.set(policy.metadata.name, written);
    }),
    removeAll(world, memory, resources.networkPolicies, stale, signal),
  ]);
  for (const { metadata } of stale) memory.policies.delete(metadata.name);
}

/** As `keepPolicies`, for a fork that stands. What the API refuses is told in an Event, and keeps nothing from going on. */
export async function followPolicies(
  world: World,
  subject: Subject,
  owner: ForkOwner,
  service: string,
  deployment: Deployment,
  baseline: BaselineWorld,
  signal: AbortSignal,
): Promise<void> {
  const source = deployment.metadata.annotations?.[annotations.workload];
  const workload = baseline.deployments.find(({ metadata }) => metadata.name === source);
  // Whatever became of its baseline, the fork stays as it is.
  if (workload === undefined) return;
  try {
    await keepPolicies(world, subject, owner, service, workload, deployment, baseline, signal);
  } catch (error) {
    if (!(error instanceof KubeError) || error.status >= 500 || isTerminating(error)) throw error;
    const note = `NetworkPolicies of the fork of ${service} are not as its baseline's are: ${error.message}`;
    world.events.warning(subject.resource, 'PolicyNotFollowed', note);
  }
}

async function create(
  world: Pick<World, 'kube'>,
  policy: NetworkPolicy,
  signal: AbortSignal,
): Promise<NetworkPolicy | null> {
  try {
    return await world.kube.create(resources.networkPolicies, policy, signal);
  } catch (error) {
    // Made by us before a restart: the watch tells of it.
    if (!(error instanceof KubeError && error.status === 409)) throw error;
    return null;
  }
}

async function replace(
  world: Pick<World, 'kube'>,
  { metadata: { name, namespace = '' }, spec }: NetworkPolicy,
  signal: AbortSignal,
): Promise<NetworkPolicy | null> {
  const ref = { resource: resources.networkPolicies, namespace, name };
  const operations = [{ op: 'replace', path: '/spec', value: spec } as const];
  try {
    return await world.kube.patch<NetworkPolicy>(
      ref,
      { kind: 'json', operations, fieldManager: fieldManagers.controller },
      signal,
    );
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
    return null;
  }
}

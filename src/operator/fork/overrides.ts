import type { Container, EnvVar, PodSpec } from '../../kube/objects.ts';
import type { ResourceFork } from '../../sandbox/resource.ts';
import { movedFieldPath } from './labels.ts';

export const sandboxVariable = 'SEATRIAL_SANDBOX';

/**
 * The containers of the fork. The chosen one gets all overrides. Others that run the very image of the baseline's
 * chosen one come from the same build, so they get the fork's image too: a sidecar or an init step of the old code
 * beside the new would be a pod that no release ever makes.
 */
export function forkContainers(pod: PodSpec, chosen: string, fork: ResourceFork, sandbox: string): PodSpec {
  const before = pod.containers.find(({ name }) => name === chosen)?.image;
  const make = (container: Container): Container => {
    const same = container.image !== undefined && container.image === before;
    const imaged =
      container.name === chosen || same ? withImage(container, fork.source.image) : { ...container };
    const own = container.name === chosen ? withOverrides(imaged, fork) : imaged;
    return { ...own, env: withSandbox((own.env ?? []).map(moved), sandbox) };
  };
  const { initContainers } = pod;
  return {
    ...pod,
    containers: pod.containers.map(make),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(make) }),
  };
}

/**
 * `Never` and what was set by hand stay. Where the policy is the one that the API gave by the baseline's tag, the API
 * gives it anew by the fork's.
 */
function withImage(container: Container, image: string): Container {
  const { imagePullPolicy, ...rest } = container;
  const given = imagePullPolicy !== undefined && imagePullPolicy !== defaultPolicy(container.image ?? '');
  return { ...rest, image, ...(given ? { imagePullPolicy } : {}) };
}

/** kubernetes.io/docs/concepts/containers/images: Always for `:latest` and for no tag, else IfNotPresent. */
function defaultPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function withOverrides(container: Container, fork: ResourceFork): Container {
  return {
    ...container,
    env: mergeEnv(container.env ?? [], fork.env ?? []),
    ...(fork.command === undefined ? {} : { command: fork.command }),
    ...(fork.args === undefined ? {} : { args: fork.args }),
    ...(fork.resources === undefined ? {} : { resources: fork.resources }),
  };
}

/** A variable that is there changes in its place, as later ones may refer to it; the last of a name is what counts. */
function mergeEnv(base: readonly EnvVar[], changes: readonly EnvVar[]): readonly EnvVar[] {
  const byName = new Map(changes.map((change) => [change.name, change]));
  const changed = base.map((variable) => byName.get(variable.name) ?? variable);
  const known = new Set(base.map(({ name }) => name));
  return [...changed, ...changes.filter(({ name }) => !known.has(name))];
}

/** First, so that other variables can refer to it. */
function withSandbox(env: readonly EnvVar[], sandbox: string): readonly EnvVar[] {
  return [{ name: sandboxVariable, value: sandbox }, ...env.filter(({ name }) => name !== sandboxVariable)];
}

interface FieldRef {
  readonly fieldRef?: { readonly fieldPath: string };
}

function moved(variable: EnvVar): EnvVar {
  const { fieldRef } = (variable.valueFrom ?? {}) as FieldRef;
  if (fieldRef === undefined) return variable;
  const fieldPath = movedFieldPath(fieldRef.fieldPath);
  return { name: variable.name, valueFrom: { fieldRef: { ...fieldRef, fieldPath } } };
}

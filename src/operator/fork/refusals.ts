import type { Deployment, PersistentVolumeClaim, PodSpec } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';
import type { ResourceFork } from '../../sandbox/resource.ts';
import { chooseContainer } from './container.ts';
import { findWorkload, type Workloads } from './find-workload.ts';
import { type Refusal, type RefusalReason, serviceRefusal } from './service-refusal.ts';
import { sharedEffects } from './shared-effects.ts';
import { foreignReference } from './value-from.ts';

export interface Forkable {
  readonly kind: 'forkable';
  readonly deployment: Deployment;
  readonly container: string;
  /** Its Services are to be enrolled; null where `sharedEffects: allow` lets it do without. */
  readonly service: string | null;
}

export type Judged = Forkable | ({ readonly kind: 'refused' } & Refusal);

export interface ForkWorld extends Workloads {
  readonly claims: readonly PersistentVolumeClaim[];
}

/**
 * Whether a fork can be made of a service, and of what: every refusal of design.md section 6. Pure, so that the
 * gateway says of each service beforehand what the controller would say.
 */
export function judgeFork(fork: Omit<ResourceFork, 'source'>, world: ForkWorld): Judged {
  const found = findWorkload(fork, world);
  const named = `services.${fork.service}`;
  if (found.service === null && fork.workload === undefined) {
    return refused(
      'ServiceMissing',
      `There is no Service ${fork.service} in the namespace.`,
      'Name a Service of the namespace; `list_plans` and `provision_sandbox` show those that can be forked.',
    );
  }
  if (found.service !== null) {
    const refusal = serviceRefusal({
      ...(found.original ?? found.service),
      metadata: found.service.metadata,
    });
    if (refusal !== null) return { kind: 'refused', ...refusal };
  }
  const [deployment, second] = found.deployments;
  const behind = fork.workload === undefined ? `behind Service ${fork.service}` : `named ${fork.workload}`;
  const [statefulSet] = found.statefulSets;
  if (statefulSet !== undefined) {
    return refused(
      'NotADeployment',
      `StatefulSet ${statefulSet.metadata.name} is ${behind}; only Deployments can be forked for now.`,
      `Mark it \`shared: true\` under ${named} in seatrial.yaml, or fork a service that calls it.`,
    );
  }
  if (deployment === undefined) {
    return refused(
      'WorkloadMissing',
      `No Deployment is ${behind}.`,
      `Set ${named}.workload to the Deployment to fork, or deploy the baseline first.`,
    );
  }
  if (second !== undefined) {
    const names = found.deployments.map(({ metadata }) => metadata.name).sort();
    return refused(
      'WorkloadAmbiguous',
      `Service ${fork.service} selects ${names.length} Deployments: ${names.slice(0, 5).join(', ')}.`,
      `Set ${named}.workload to the one to fork.`,
    );
  }
  const pod = deployment.spec.template.spec;
  const serves = deployment.metadata.annotations?.[annotations.serves];
  const choice = chooseContainer({ asked: fork.container, pod, service: found.original, serves });
  const { name } = deployment.metadata;
  if (choice.kind === 'unknown') {
    return refused(
      'ContainerUnknown',
      `Deployment ${name} has no container ${choice.asked}.`,
      `Set ${named}.container to one of ${choice.names.join(', ')}.`,
    );
  }
  if (choice.kind === 'unclear') {
    return refused(
      'ContainerUnclear',
      `Deployment ${name} has the containers ${choice.names.join(', ')}, and nothing tells which of them answers the Service: none declares its target port, or several do.`,
      `Have the Deployment declare the port in the container that listens (ports: [{ containerPort: … }]), or say which one it is: kubectl annotate deployment ${name} ${annotations.serves}=<container>.`,
    );
  }
  if (choice.kind === 'silent') {
    const answer = choice.answer.join(', ');
    return refused(
      'ContainerNotServing',
      `Container ${choice.asked} of Deployment ${name} does not answer the Service: its target port is that of ${answer}, so a fork would answer by the baseline's code.`,
      `Set ${named}.container to one that answers (${answer}), or leave it out. If ${answer} passes every request on to ${choice.asked}, say so: kubectl annotate deployment ${name} ${annotations.serves}=${choice.asked}.`,
    );
  }
  return (
    podRefusal(deployment, pod, world.claims) ??
    effectsRefusal(fork, deployment, found.service !== null) ??
    referenceRefusal(fork, pod) ?? {
      kind: 'forkable',
      deployment,
      container: choice.name,
      service: found.service?.metadata.name ?? null,
    }
  );
}

function podRefusal(
  { metadata }: Deployment,
  pod: PodSpec,
  claims: readonly PersistentVolumeClaim[],
): Judged | null {
  if (pod.hostNetwork === true) {
    return refused(
      'HostNetwork',
      `Deployment ${metadata.name} uses the node's network, where a second copy finds its ports taken.`,
      'Run the baseline without hostNetwork, or fork a service that calls it.',
    );
  }
  const hostPort = [...pod.containers, ...(pod.initContainers ?? [])].find(({ ports = [] }) =>
    (ports as readonly { readonly hostPort?: number }[]).some(({ hostPort }) => hostPort !== undefined),
  );
  if (hostPort !== undefined) {
    return refused(
      'HostPort',
      `Container ${hostPort.name} of Deployment ${metadata.name} asks for a port of the node, which a second copy finds taken.`,
      'Take hostPort off the baseline (a Service reaches it without), or fork a service that calls it.',
    );
  }
  for (const volume of (pod.volumes ?? []) as readonly ClaimVolume[]) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined || volume.persistentVolumeClaim?.readOnly === true) continue;
    const modes = claims.find(({ metadata }) => metadata.name === name)?.spec.accessModes ?? [];
    if (modes.includes('ReadWriteMany') || modes.includes('ReadOnlyMany')) continue;
    return refused(
      'VolumeInUse',
      `Deployment ${metadata.name} mounts claim ${name} (${modes.join(', ') || 'access modes unknown'}), which one pod alone may write.`,
      'Keep the state in a service of its own (a database), or use a ReadWriteMany claim.',
    );
  }
  return null;
}

interface ClaimVolume {
  readonly persistentVolumeClaim?: { readonly claimName?: string; readonly readOnly?: boolean };
}

function effectsRefusal(
  fork: Omit<ResourceFork, 'source'>,
  deployment: Deployment,
  hasService: boolean,
): Judged | null {
  if (fork.sharedEffects === 'allow') return null;
  const effect = hasService
    ? sharedEffects(deployment)
    : 'has no Service, so what it does is not asked for by requests';
  if (effect === null) return null;
  return refused(
    'SharedEffects',
    `Deployment ${deployment.metadata.name} ${effect}: a fork would act on state that the baseline shares.`,
    `If that is wanted, set services.${fork.service}.sharedEffects: allow in seatrial.yaml; if it does no such thing, annotate the Deployment with seatrial.dev/shared-effects: none.`,
  );
}

function referenceRefusal(fork: Omit<ResourceFork, 'source'>, pod: PodSpec): Judged | null {
  const foreign = foreignReference(fork.env ?? [], pod);
  if (foreign === null) return null;
  return refused(
    'ForeignReference',
    `The fork of ${fork.service} asks for ${foreign}, which the baseline's own template does not read.`,
    'Give the value itself, or refer to a key that the workload already uses.',
  );
}

function refused(reason: RefusalReason, message: string, next: string): Judged {
  return { kind: 'refused', reason, message, next };
}

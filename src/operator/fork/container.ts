import type { Container, PodSpec, Service, ServicePort } from '../../kube/objects.ts';

/** Which container of a pod gets the fork's source. */
export type Choice =
  | { readonly kind: 'chosen'; readonly name: string }
  | { readonly kind: 'unknown'; readonly asked: string; readonly names: readonly string[] }
  /** It is certain that others answer: what it runs is not what requests meet. */
  | { readonly kind: 'silent'; readonly asked: string; readonly answer: readonly string[] }
  /** Nothing tells which one answers. */
  | { readonly kind: 'unclear'; readonly names: readonly string[] };

export interface ChoiceFacts {
  readonly asked?: string | undefined;
  readonly pod: PodSpec;
  /** The one with the original target ports: the shadow where it is enrolled; null where the workload has none. */
  readonly service: Service | null;
  /** What the owner of the baseline says: the containers whose code answers requests, be it behind another one. */
  readonly serves?: string | undefined;
}

/**
 * The container whose code requests to the Service meet. A fork that has the change elsewhere in its pod would answer by
 * the baseline's code, and count as the change. So the one that is asked for must be one that answers, as far as the
 * pod tells: the one that declares the target port, or is probed at it; or else as its owner says. Where nothing tells,
 * the only container; of several, none.
 */
export function chooseContainer({ asked, pod, service, serves }: ChoiceFacts): Choice {
  const names = pod.containers.map(({ name }) => name);
  if (asked !== undefined && !names.includes(asked)) return { kind: 'unknown', asked, names };
  const [only] = names.length === 1 ? names : [];
  // Nobody sends requests to it: there is nothing that they could meet.
  if (service === null && asked !== undefined) return { kind: 'chosen', name: asked };
  const said = (serves ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => names.includes(name));
  const answer = said.length > 0 ? said : answering(pod, service?.spec.ports ?? []);
  if (answer.length === 0) {
    return only === undefined ? { kind: 'unclear', names } : { kind: 'chosen', name: only };
  }
  const wanted = asked ?? names.find((name) => answer.includes(name)) ?? only;
  if (wanted === undefined) return { kind: 'unclear', names };
  const images = new Set(answer.map((name) => imageOf(pod, name)));
  // Containers of one image are forked together.
  const answers = answer.includes(wanted) || images.has(imageOf(pod, wanted) ?? '');
  return answers ? { kind: 'chosen', name: wanted } : { kind: 'silent', asked: wanted, answer };
}

/**
 * The containers of a pod that answer at a port, by what they declare, else by their own probes. Of a name the first
 * one has it, as in Kubernetes; a number that several declare is nobody's.
 */
export function ownersOf(pod: PodSpec, targetPort: number | string): readonly string[] {
  const all = [...pod.containers, ...sidecars(pod)];
  const declaring = all.filter(({ ports = [] }) =>
    ports.some(({ name, containerPort, protocol = 'TCP' }) => {
      if (protocol !== 'TCP') return false;
      return typeof targetPort === 'number' ? containerPort === targetPort : name === targetPort;
    }),
  );
  const [first] = declaring;
  if (first !== undefined && typeof targetPort === 'string') return [first.name];
  const found =
    declaring.length > 0 ? declaring : all.filter((container) => isProbedAt(container, targetPort));
  return found.map(({ name }) => name);
}

/** In the order of the Service's ports: those that are certain. */
function answering(pod: PodSpec, ports: readonly ServicePort[]): readonly string[] {
  const owners = ports
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    .map(({ port, targetPort = port }) => ownersOf(pod, targetPort));
  return [...new Set(owners.flatMap((names) => (names.length === 1 ? names : [])))];
}

function sidecars({ initContainers = [] }: PodSpec): readonly Container[] {
  return initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
}

function imageOf(pod: PodSpec, container: string): string | undefined {
  return [...pod.containers, ...sidecars(pod)].find(({ name }) => name === container)?.image;
}

/** A container is asked whether it is well at its own port. */
function isProbedAt(container: Container, port: number | string): boolean {
  return [container.readinessProbe, container.livenessProbe, container.startupProbe].some((probe) => {
    const { httpGet, tcpSocket, grpc } = probe ?? {};
    return [httpGet?.port, tcpSocket?.port, grpc?.port].some(
      (one) => one !== undefined && String(one) === String(port),
    );
  });
}

import { baselineCommit } from './engine.ts';

export interface Workload {
  readonly name: string;
  readonly image: string;
  /** The image's own where it is left out. */
  readonly command?: readonly string[];
  readonly env?: readonly object[];
  /** `{ app: <name> }` where they are left out. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly podAnnotations?: Readonly<Record<string, string>>;
  readonly commit?: string;
  readonly replicas?: number;
  /** Where it says that it is ready; it listens on 8080. */
  readonly path?: string;
  /** How long it may take to be ready, and a fork of it as well. */
  readonly deadlineSeconds?: number;
  readonly container?: object;
  /** More of the pod's spec. */
  readonly pod?: object;
}

/** A Deployment as a team would write it, with one container that serves HTTP on its port `web`. */
export function deployment(workload: Workload): object {
  const { name, image, command, env, labels = { app: name }, deadlineSeconds } = workload;
  const container = {
    name: 'app',
    image,
    ...(command === undefined ? {} : { command }),
    ...(env === undefined ? {} : { env }),
    ports: [{ name: 'web', containerPort: 8080 }],
    // A busy machine is not a service that is down.
    readinessProbe: {
      httpGet: { path: workload.path ?? '/', port: 'web' },
      periodSeconds: 1,
      timeoutSeconds: 5,
    },
    ...workload.container,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, annotations: { 'seatrial.dev/commit': workload.commit ?? baselineCommit } },
    spec: {
      replicas: workload.replicas ?? 1,
      ...(deadlineSeconds === undefined ? {} : { progressDeadlineSeconds: deadlineSeconds }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: workload.podAnnotations ?? {} },
        spec: { terminationGracePeriodSeconds: 2, containers: [container], ...workload.pod },
      },
    },
  };
}

/** A Service of one port, 80. */
export function service(
  name: string,
  selector: Readonly<Record<string, string>> = { app: name },
  targetPort: number | string = 'web',
  metadata: object = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...metadata },
    spec: { selector, ports: [{ name: 'http', port: 80, targetPort }] },
  };
}

/** A pod with Node and a shell, in which programs call Services as other pods do. */
export function caller(image: string, container: object = {}): object {
  const containers = [{ name: 'caller', image, command: ['sleep', 'infinity'], ...container }];
  const spec = { terminationGracePeriodSeconds: 0, containers };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'caller' }, spec };
}

/** What `kubectl apply` takes for several objects. */
export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

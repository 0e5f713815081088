import { SeatrialError } from '../errors.ts';
import type { KubeClient } from '../kube/connect.ts';
import { createLog, type Log } from '../log.ts';
import { objectNames, ports } from '../sandbox/cluster-names.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a part of the operator gets of its process. */
export interface OperatorSurroundings {
  readonly env: Env;
  readonly pid: number;
  readonly version: string;
  readonly stderr: { write(text: string): unknown };
  readonly onSignal: (signal: 'SIGINT' | 'SIGTERM', then: () => void) => () => void;
}

export type OperatorOptions = Readonly<Record<string, string>>;

interface Part extends OperatorSurroundings {
  readonly options: OperatorOptions;
  readonly log: Log;
}

type Run = (part: Part, signal: AbortSignal) => Promise<void>;

const parts: Readonly<Record<string, Run>> = {
  controller: async (part, signal) => {
    const { runController } = await import('./controller/run-controller.ts');
    const { createEnrolment } = await import('./enrolment/enrolment.ts');
    const { env, options, log } = part;
    const systemNamespace =
      options.systemNamespace ?? env.SEATRIAL_SYSTEM_NAMESPACE ?? objectNames.systemNamespace;
    const namespaces = listOf(options.namespaces ?? env.SEATRIAL_NAMESPACES);
    const image = env.SEATRIAL_IMAGE ?? '';
    const kube = await kubeOf(part, 'seatrial-controller');
    await runController(
      {
        kube,
        systemNamespace,
        identity: `${env.POD_NAME ?? 'controller'}-${part.pid}`,
        namespaces,
        createEnrolment: (guarded) =>
          createEnrolment({ kube: guarded, log, systemNamespace, image, namespaces }),
        log,
        healthPort: options.healthPort === undefined ? ports.health : Number(options.healthPort),
      },
      signal,
    ).finally(() => kube.close());
  },
  router: async (part, signal) => {
    const { runRouterAgent } = await import('./router/agent.ts');
    const kube = await kubeOf(part, 'seatrial-router');
    const options = { kube, namespace: namespaceOf(part), folder: folderOf(part), log: part.log };
    await runRouterAgent(options, signal).finally(() => kube.close());
  },
  'router-config': async (part) => {
    const { writeRouterFiles } = await import('./router/files.ts');
    await writeRouterFiles({ folder: folderOf(part), podIP: part.env.POD_IP ?? '' });
  },
  gateway: async (part, signal) => {
    const { runGateway } = await import('./gateway/gateway.ts');
    const kube = await kubeOf(part, 'seatrial-gateway');
    await runGateway(
      { kube, namespace: namespaceOf(part), version: part.version, log: part.log },
      signal,
    ).finally(() => kube.close());
  },
};

/** Runs one part until SIGTERM or SIGINT, then ends it in order. Returns the exit code. */
export async function runOperator(
  part: string,
  options: OperatorOptions,
  surroundings: OperatorSurroundings,
): Promise<number> {
  const run = parts[part];
  if (run === undefined) {
    throw new SeatrialError('invalid-argument', {
      what: `The operator has no part ${JSON.stringify(part.slice(0, 40))}.`,
      next: `Name one of ${Object.keys(parts).join(', ')}.`,
    });
  }
  const log = createLog((line) => surroundings.stderr.write(line));
  const stop = new AbortController();
  const offs = (['SIGTERM', 'SIGINT'] as const).map((signal) =>
    surroundings.onSignal(signal, () => {
      log.info('ending', { part, signal });
      stop.abort();
    }),
  );
  try {
    await run({ ...surroundings, options, log }, stop.signal);
    return 0;
  } finally {
    for (const off of offs) off();
  }
}

/** The service account of the pod, where there is one; else what kubectl takes. Each is loaded where it is needed. */
async function kubeOf({ env, version }: Part, name: string): Promise<KubeClient> {
  const userAgent = `${name}/${version}`;
  if (env.KUBERNETES_SERVICE_HOST !== undefined) {
    return (await import('../kube/pod.ts')).openPodKube({ env, userAgent });
  }
  return (await import('../kube/client.ts')).openKube({ userAgent });
}

/** What the containers of a router's pod share. */
function folderOf({ env }: Part): string {
  return env.SEATRIAL_ROUTER_FOLDER ?? '/run/seatrial';
}

function namespaceOf({ options, env }: Part): string {
  const namespace = options.namespace ?? env.SEATRIAL_NAMESPACE ?? env.POD_NAMESPACE;
  if (namespace !== undefined && namespace !== '') return namespace;
  throw new SeatrialError('invalid-argument', {
    what: 'The namespace of the baseline is not known.',
    next: 'Set SEATRIAL_NAMESPACE, or give --namespace.',
  });
}

function listOf(text: string | undefined): readonly string[] | null {
  const names = (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? null : names;
}

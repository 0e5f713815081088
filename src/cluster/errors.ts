import { SeatrialError } from '../errors.ts';
import { type AccessRule, type KubeApi, KubeError } from '../kube/api.ts';

/** What was asked of the API, for the error that names it. */
export interface Asked extends AccessRule {
  /** Of the kubeconfig. */
  readonly context: string;
  readonly server: string;
}

/** A call about the Sandboxes of a namespace. */
export function askedOf(
  where: { readonly kube: Pick<KubeApi, 'server'>; readonly context: string; readonly namespace: string },
  verb: string,
): Asked {
  const { kube, context, namespace } = where;
  return { verb, group: 'seatrial.dev', resource: 'sandboxes', namespace, context, server: kube.server };
}

/** Runs a call of the API; what it says no to is told in our words, with what to do. */
export async function asking<T>(asked: Asked, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof KubeError ? clusterError(asked, error) : error;
  }
}

export function clusterError(asked: Asked, error: KubeError): SeatrialError {
  const { context, server, namespace = '', verb, resource, group } = asked;
  const cause = { cause: error };
  const why = error.message;
  const kind = group === '' ? resource : `${resource}.${group}`;
  if (error.reason === 'Kubeconfig') return noContext(context, why);
  if (error.status === 0) {
    return new SeatrialError(
      'cluster-unreachable',
      {
        what: `The cluster of context ${context} (${server}) does not answer.`,
        why,
        next: `See whether \`kubectl --context ${context} get ns\` works: start the cluster, the VPN or the tunnel to it, or name another context under \`kubernetes:\` in seatrial.yaml.`,
      },
      cause,
    );
  }
  if (error.status === 401) {
    return new SeatrialError(
      'cluster-refused',
      {
        what: `The cluster of context ${context} does not know who asks.`,
        why,
        next: `Log in anew, so that \`kubectl --context ${context} auth whoami\` works.`,
      },
      cause,
    );
  }
  if (/namespaces? .*not found|being terminated/.test(why)) return noNamespace(asked, why);
  if (error.status === 403 && !/denied|ValidatingAdmissionPolicy|quota/.test(why)) {
    return new SeatrialError(
      'missing-right',
      {
        what: `The user of context ${context} may not \`${verb}\` ${kind} in namespace ${namespace}.`,
        why,
        next: `Have somebody who may bind you the agent's rights: \`kubectl --context ${context} -n ${namespace} create rolebinding seatrial-agent --clusterrole=seatrial-system:agent --user=<you>\`; docs/security.md says what each right is for.`,
      },
      cause,
    );
  }
  if (error.status === 404 && resource === 'sandboxes') return notInstalled(context, why);
  return new SeatrialError(
    'cluster-refused',
    {
      what: `The cluster of context ${context} refused to ${verb} ${kind} in namespace ${namespace}.`,
      why,
      next: 'Change what it names and call again; `seatrial doctor` checks cluster, rights and installation.',
    },
    cause,
  );
}

export function noContext(context: string, why: string): SeatrialError {
  return new SeatrialError('no-context', {
    what: `The kubeconfig context ${context}, which seatrial.yaml names, cannot be used.`,
    why,
    next: '`kubectl config get-contexts` lists those that there are: correct `kubernetes.context` in seatrial.yaml, or set KUBECONFIG where this program starts.',
  });
}

function noNamespace({ context, namespace = '' }: Asked, why: string): SeatrialError {
  return new SeatrialError('no-namespace', {
    what: `The cluster of context ${context} has no namespace ${namespace} in which sandboxes can be made.`,
    why,
    next: `Correct \`kubernetes.namespace\` in seatrial.yaml (\`kubectl --context ${context} get ns\` lists them), or deploy the baseline there first.`,
  });
}

export function notInstalled(context: string, why: string): SeatrialError {
  return new SeatrialError('not-installed', {
    what: `Seatrial is not installed in the cluster of context ${context}.`,
    why,
    next: `Run \`seatrial install --context ${context}\`, or have whoever administers the cluster do it; \`seatrial doctor\` checks it.`,
  });
}

export function olderInstalled(context: string, fields: readonly string[]): SeatrialError {
  return new SeatrialError('not-installed', {
    what: `The Sandbox resource of the cluster of context ${context} is older than this program.`,
    why: `It does not know ${fields.slice(0, 5).join(', ')}.`,
    next: `Run \`seatrial install --context ${context}\` with this version, or use the version that is installed.`,
  });
}

/** No controller gave it a key. */
export function noController(context: string, name: string, seconds: number): SeatrialError {
  return new SeatrialError('not-installed', {
    what: `Nothing in the cluster took sandbox ${name} on within ${seconds} seconds.`,
    why: 'Its controller does not run, or does not watch this namespace.',
    next: `See \`kubectl --context ${context} get pods -A -l seatrial.dev/role=controller\`, and run \`seatrial doctor\`. The sandbox stays and is taken on when the controller is back; teardown removes it.`,
  });
}

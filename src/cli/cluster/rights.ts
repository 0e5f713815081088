import type { AccessRule, KubeApi } from '../../kube/api.ts';
import { agentRules, type ReasonedRule } from '../../operator/install/rules.ts';

/** Each single right that the rules stand for, in a namespace; null: in the cluster as a whole. */
export function rightsOf(rules: readonly ReasonedRule[], namespace: string | null): readonly AccessRule[] {
  return rules.flatMap(({ group, resources, verbs, names = [undefined] }) =>
    resources.flatMap((path) =>
      verbs.flatMap((verb) =>
        names.map((name) => {
          const [resource = '', subresource] = path.split('/');
          return {
            verb,
            group,
            resource,
            ...(namespace === null ? {} : { namespace }),
            ...(subresource === undefined ? {} : { subresource }),
            ...(name === undefined ? {} : { name }),
          };
        }),
      ),
    ),
  );
}

/** Rights of the agent Role that the user of the kubeconfig lacks, each as a sentence names it. */
export async function missingRights(
  kube: KubeApi,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const rights = rightsOf(agentRules, namespace);
  const allowed = await Promise.all(rights.map((right) => kube.can(right, signal)));
  return rights.filter((_, index) => allowed[index] !== true).map(nameOf);
}

export function nameOf({ verb, group, resource, subresource, namespace, name }: AccessRule): string {
  const kind = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${kind}${name === undefined ? '' : ` ${name}`} in ${namespace ?? 'the cluster'}`;
}

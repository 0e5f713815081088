import type { AccessRule, KubeApi } from '../../kube/api.ts';
import type { Deployment, KubeObject } from '../../kube/objects.ts';
import { resources } from '../../kube/resources.ts';
import {
  controllerClusterRules,
  controllerRules,
  controllerSystemRules,
  gatewayRules,
  type ReasonedRule,
  routerRules,
} from '../../operator/install/rules.ts';
import { toldNamespaces } from '../../operator/install/served.ts';
import { objectNames } from '../../sandbox/cluster-names.ts';
import { nameOf, rightsOf } from './rights.ts';

/** A service account of ours, and rules that it needs in a namespace; null: in the cluster as a whole. */
interface Need {
  readonly account: { readonly namespace: string; readonly name: string };
  readonly rules: readonly ReasonedRule[];
  readonly namespace: string | null;
}

interface Review extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed: boolean };
}

const atOnce = 16;

/**
 * Rights that controllers, and the routers and gateways of a namespace, lack to serve it, as the API server's own
 * authorizers see it: `seatrial-controller may not patch services in shop`. Rejects with 403 where the user may not ask.
 */
export async function missingAccountRights(
  kube: KubeApi,
  controllers: readonly Deployment[],
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ofControllers = controllers
    .filter((controller) => {
      const told = toldNamespaces(controller);
      return told === 'all' || told.includes(namespace);
    })
    .flatMap(({ metadata }) => controllerNeeds(metadata.namespace ?? '', namespace));
  const inNamespace = await Promise.all(
    [
      { name: objectNames.router, rules: routerRules },
      { name: objectNames.gateway, rules: gatewayRules },
    ].map(async ({ name, rules }): Promise<readonly Need[]> => {
      // Made with the first sandbox: before that there is nobody to have rights.
      const account = { namespace, name };
      const there = await kube.get({ resource: resources.serviceAccounts, ...account }, signal);
      return there === null ? [] : [{ account, rules, namespace }];
    }),
  );
  const needs = [...ofControllers, ...inNamespace.flat()];
  const asked = needs.flatMap(({ account, rules, namespace }) =>
    rightsOf(rules, namespace).map((right) => ({ account, right })),
  );
  const missing: string[] = [];
  for (let at = 0; at < asked.length; at += atOnce) {
    const some = asked.slice(at, at + atOnce);
    const allowed = await Promise.all(some.map(({ account, right }) => may(kube, account, right, signal)));
    for (const [index, { account, right }] of some.entries()) {
      if (allowed[index] !== true) missing.push(`${account.name} may not ${nameOf(right)}`);
    }
  }
  return missing;
}

function controllerNeeds(systemNamespace: string, namespace: string): readonly Need[] {
  const account = { namespace: systemNamespace, name: objectNames.controller };
  return [
    { account, rules: controllerRules(systemNamespace), namespace },
    { account, rules: controllerSystemRules, namespace: systemNamespace },
    { account, rules: controllerClusterRules, namespace: null },
  ];
}

async function may(
  kube: KubeApi,
  { namespace, name }: Need['account'],
  right: AccessRule,
  signal: AbortSignal,
): Promise<boolean> {
  const review: Review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: {
      user: `system:serviceaccount:${namespace}:${name}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: right,
    },
  };
  const { status } = await kube.create(resources.subjectAccessReviews, review, signal);
  return status?.allowed === true;
}

import {
  agentRules,
  controllerClusterRules,
  controllerRules,
  controllerSystemRules,
  gatewayRules,
  type ReasonedRule,
  routerRules,
  uninstallRules,
} from '../../src/operator/install/rules.ts';
import { objectNames } from '../../src/sandbox/cluster-names.ts';
import { table } from './section.ts';

const roles: readonly (readonly [string, string, readonly ReasonedRule[]])[] = [
  [
    'controller',
    'Bound in all namespaces, or in those that `seatrial install --namespaces` names.',
    controllerRules(objectNames.systemNamespace),
  ],
  ['controller, in its own namespace', 'A Role in the system namespace.', controllerSystemRules],
  [
    'controller, of the cluster',
    'In every namespace, also where the installation serves some of them only: RBAC cannot grant a right for those that are being deleted alone, and grants in such a namespace go in no order with what they are for.',
    controllerClusterRules,
  ],
  ['router', 'Bound by the controller in each namespace with enrolled Services.', routerRules],
  ['gateway', 'Bound by the controller in the same namespaces.', gatewayRules],
  ['agent', 'For people, agents and CI; an administrator binds it in a namespace.', agentRules],
  ['uninstall, of the chart', 'Made by `helm uninstall` for its Job, and removed after it.', uninstallRules],
];

/** Each Role with the reason for each rule, from the table that the Roles themselves are made from. */
export function rolesSection(): string {
  return roles
    .map(
      ([name, where, rules]) =>
        `### ${name}\n\n${where}\n\n${table(['may', 'on', 'only named', 'why'], rules.map(row))}`,
    )
    .join('\n\n');
}

function row({ group, resources, verbs, names, why }: ReasonedRule): readonly string[] {
  const kinds = resources.map((resource) => `\`${resource}${group === '' ? '' : `.${group}`}\``);
  return [verbs.join(', '), kinds.join(', '), (names ?? []).map((name) => `\`${name}\``).join(', '), why];
}

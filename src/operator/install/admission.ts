import { objectNames } from '../../sandbox/cluster-names.ts';
import { clusterName, type Installation, type Manifest, ourLabels } from './manifest.ts';

/**
 * The record of the allow-list of images: key `images`, one pattern a line, `*` at the end stands for anything. The
 * next `install` reads it; what holds is in the policy.
 */
export const settingsName = 'seatrial-settings';

export function settingsObject({ systemNamespace }: Installation, images: readonly string[]): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: settingsName,
      namespace: systemNamespace,
      labels: ourLabels(systemNamespace, 'settings'),
    },
    data: { images: images.map((pattern) => `${pattern}\n`).join('') },
  };
}

const owner = 'owner.principal';

/** CEL. Whoever may use the verb `override` on the Sandbox (no Role of ours gives it) is held to nothing but images. */
function variables(systemNamespace: string, images: readonly string[]) {
  const controller = `system:serviceaccount:${systemNamespace}:${objectNames.controller}`;
  return [
    {
      name: 'overrides',
      expression:
        "authorizer.group('seatrial.dev').resource('sandboxes').namespace(request.namespace).name(request.name).check('override').allowed()",
    },
    {
      // Namespace deletion and garbage collection.
      name: 'system',
      expression: `request.userInfo.username == '${controller}' || request.userInfo.username == 'system:kube-controller-manager' || request.userInfo.username.startsWith('system:serviceaccount:kube-system:')`,
    },
    {
      // Written into the policy and not read from a `paramKind`: API servers up to 1.36 at least never see a parameter
      // again once the last binding of its kind was gone for a second, and deny everything until they are restarted
      // (kubernetes/kubernetes#130887). So `uninstall` and `install` would leave a cluster that takes no Sandbox.
      name: 'patterns',
      expression: `${JSON.stringify(images.join('\n'))}.split('\\n').filter(line, line != '')`,
    },
  ];
}

/** Who may do what to whose Sandbox, and with which images: enforced by the API server itself. */
export function admissionObjects(installation: Installation, images: readonly string[]): readonly Manifest[] {
  const { systemNamespace, namespaces } = installation;
  const name = clusterName(systemNamespace, 'sandboxes').replace(':', '-');
  const metadata = { name, labels: ourLabels(systemNamespace, 'admission') };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['seatrial.dev'],
              apiVersions: ['*'],
              resources: ['sandboxes'],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
            },
          ],
        },
        variables: variables(systemNamespace, images),
        validations: [
          {
            expression: `request.operation != 'CREATE' || object.spec.${owner} == request.userInfo.username || variables.overrides`,
            messageExpression: `'spec.${owner} has to be the user that creates the Sandbox: ' + request.userInfo.username`,
            reason: 'Forbidden',
          },
          {
            expression: `request.operation == 'CREATE' || oldObject.spec.${owner} == request.userInfo.username || variables.system || variables.overrides`,
            messageExpression: `'this Sandbox belongs to ' + oldObject.spec.${owner} + ', not to ' + request.userInfo.username`,
            reason: 'Forbidden',
          },
          {
            expression: [
              "request.operation == 'DELETE'",
              "(request.operation == 'UPDATE' && object.spec.forks == oldObject.spec.forks)",
              'size(variables.patterns) == 0',
              "object.spec.forks.all(fork, !has(fork.source.image) || variables.patterns.exists(p, p.endsWith('*') ? fork.source.image.startsWith(p.substring(0, size(p) - 1)) : fork.source.image == p))",
            ].join(' || '),
            messageExpression: `'an image is not on the allow-list of this installation (seatrial install --allow-image): ' + variables.patterns.join(', ')`,
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        ...(namespaces === null ? {} : { matchResources: onlyIn(namespaces) }),
      },
    },
  ];
}

function onlyIn(namespaces: readonly string[]) {
  const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: namespaces }];
  return { namespaceSelector: { matchExpressions } };
}

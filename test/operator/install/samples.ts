import type { KubeObject } from '../../../src/kube/objects.ts';
import { installationLabel } from '../../../src/operator/install/manifest.ts';

/** An object with labels; with those of an installation where it is one's. */
export function object(
  kind: string,
  name: string,
  more: {
    readonly namespace?: string;
    readonly of?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  } = {},
): KubeObject {
  const { namespace, of, annotations = {} } = more;
  const labels = { ...more.labels, ...(of === undefined ? {} : { [installationLabel]: of }) };
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, labels, annotations, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** The Deployment of a controller that was told to serve these namespaces; all where there are none. */
export function controller(systemNamespace: string, namespaces: readonly string[]): KubeObject {
  const plain = object('Deployment', 'seatrial-controller', {
    namespace: systemNamespace,
    of: systemNamespace,
    labels: { 'seatrial.dev/role': 'controller' },
  });
  const env = [{ name: 'SEATRIAL_NAMESPACES', value: namespaces.join(',') }];
  return Object.assign(plain, {
    spec: { template: { spec: { containers: [{ name: 'controller', env }] } } },
  });
}

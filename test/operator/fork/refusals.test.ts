import { describe, expect, test } from 'vitest';
import type { Service, StatefulSet } from '../../../src/kube/objects.ts';
import { type ForkWorld, judgeFork } from '../../../src/operator/fork/refusals.ts';
import { serviceRefusal } from '../../../src/operator/fork/service-refusal.ts';
import { deployment, fork, richDeployment, service } from './samples.ts';

const world = (more: Partial<ForkWorld> = {}): ForkWorld => ({
  services: [service('pricing')],
  deployments: [deployment('pricing')],
  statefulSets: [],
  claims: [],
  ...more,
});
const withPod = (spec: Readonly<Record<string, unknown>>, more: Partial<ForkWorld> = {}) =>
  world({ deployments: [deployment('pricing', spec)], ...more });
const app = (more: Readonly<Record<string, unknown>>) => ({
  containers: [{ name: 'app', image: 'a', ...more }],
});
const web = { name: 'web', containerPort: 8080 };
/** Two containers, of which the second one may stand before the first. */
const pair = (first: object, second: object) => ({
  containers: [
    { name: 'app', image: 'a', ...first },
    { name: 'proxy', image: 'p', ...second },
  ],
});
const set: StatefulSet = { ...deployment('pricing'), kind: 'StatefulSet' };
const claim = (accessModes: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes },
});
const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];

describe('a fork is made of', () => {
  test('the Deployment behind the Service, and the container that owns its target port', () => {
    expect(judgeFork(fork, world({ deployments: [richDeployment(), deployment('tax')] }))).toMatchObject({
      kind: 'forkable',
      container: 'app',
      service: 'pricing',
      deployment: { metadata: { name: 'pricing' } },
    });
  });

  test('the same Deployment once the Service is enrolled, found through the shadow', () => {
    const enrolled = service('pricing', {
      selector: { app: 'router' },
      ports: [{ port: 80, targetPort: 20000 }],
    });
    const shadow: Service = {
      ...service('pricing'),
      metadata: {
        name: 'pricing-seatrial',
        labels: { 'seatrial.dev/role': 'shadow', 'seatrial.dev/service': 'pricing' },
      },
    };
    const router = deployment('router');
    const found = judgeFork(
      fork,
      world({ services: [enrolled, shadow], deployments: [richDeployment(), router] }),
    );
    expect(found).toMatchObject({
      kind: 'forkable',
      deployment: { metadata: { name: 'pricing' } },
      container: 'app',
    });
  });

  test('one of two Deployments, and one of several containers, where they are named', () => {
    const two = [deployment('pricing'), { ...deployment('pricing'), metadata: { name: 'canary' } }];
    expect(judgeFork({ ...fork, workload: 'canary' }, world({ deployments: two }))).toMatchObject({
      deployment: { metadata: { name: 'canary' } },
    });
    const both = withPod(pair({ ports: [web] }, { ports: [{ containerPort: 9000 }] }), {
      services: [
        service('pricing', {
          ports: [
            { port: 80, targetPort: 'web' },
            { port: 81, targetPort: 9000 },
          ],
        }),
      ],
    });
    expect(judgeFork({ ...fork, container: 'proxy' }, both)).toMatchObject({ container: 'proxy' });
    expect(judgeFork(fork, both)).toMatchObject({ container: 'app' });
  });

  test('no fork of another sandbox', () => {
    const other = {
      ...deployment('pricing'),
      metadata: { name: 'x', labels: { 'seatrial.dev/sandbox': 's' } },
    };
    expect(judgeFork(fork, world({ deployments: [deployment('pricing'), other] }))).toMatchObject({
      kind: 'forkable',
    });
  });
});

describe('the container that gets the source is one that answers', () => {
  const alone = service('pricing', { ports: [{ port: 80, targetPort: 8080 }] });
  const numeric = { services: [alone] };
  const probe = { httpGet: { path: '/', port: 8080 } };
  const serving = (
    spec: Readonly<Record<string, unknown>>,
    serves: string,
    more: Partial<ForkWorld> = {},
  ) => {
    const base = deployment('pricing', spec);
    const annotations = { 'seatrial.dev/serves': serves };
    return world({ deployments: [{ ...base, metadata: { ...base.metadata, annotations } }], ...more });
  };

  test.each<[string, ForkWorld, string | undefined, string]>([
    ['it declares the number', withPod(pair({ ports: [web] }, {}), numeric), undefined, 'app'],
    ['it declares the name', withPod(pair({ ports: [web] }, {})), 'app', 'app'],
    ['it is probed at the number', withPod(pair({ readinessProbe: probe }, {}), numeric), 'app', 'app'],
    [
      'it is probed, and nobody asked for it',
      withPod(pair({ livenessProbe: probe }, {}), numeric),
      undefined,
      'app',
    ],
    ['its owner says so', serving(pair({}, {}), 'app', numeric), undefined, 'app'],
    [
      'its owner says so, though another one has the port',
      serving(pair({}, { ports: [web] }), 'app'),
      'app',
      'app',
    ],
    ['it is the only one', withPod(app({}), numeric), undefined, 'app'],
    [
      'it is of the image of the one that answers',
      withPod(pair({ image: 'x' }, { image: 'x', ports: [web] })),
      'app',
      'app',
    ],
  ])('%s', (_, given, container, chosen) => {
    expect(judgeFork({ ...fork, ...(container === undefined ? {} : { container }) }, given)).toMatchObject({
      kind: 'forkable',
      container: chosen,
    });
  });

  test.each<[string, string, ForkWorld, string | undefined]>([
    ['another one declares the name', 'ContainerNotServing', withPod(pair({}, { ports: [web] })), 'app'],
    [
      'another one declares the number',
      'ContainerNotServing',
      withPod(pair({}, { ports: [web] }), numeric),
      'app',
    ],
    [
      'another one is probed there',
      'ContainerNotServing',
      withPod(pair({}, { startupProbe: probe }), numeric),
      'app',
    ],
    [
      'its owner names another one',
      'ContainerNotServing',
      serving(pair({ ports: [web] }, {}), 'proxy'),
      'app',
    ],
    [
      'a sidecar answers in front of it',
      'ContainerNotServing',
      withPod({ ...app({}), initContainers: [{ name: 'front', restartPolicy: 'Always', ports: [web] }] }),
      undefined,
    ],
    ['nobody declares the port', 'ContainerUnclear', withPod(pair({}, {}), numeric), 'app'],
    [
      'nobody has the name',
      'ContainerUnclear',
      withPod(pair({ ports: [{ containerPort: 8080 }] }, {})),
      'app',
    ],
    [
      'two declare the number',
      'ContainerUnclear',
      withPod(pair({ ports: [web] }, { ports: [web] }), numeric),
      'app',
    ],
    [
      'it is asked for UDP',
      'ContainerUnclear',
      withPod(pair({ ports: [{ ...web, protocol: 'UDP' }] }, {}), numeric),
      'app',
    ],
  ])('else it is refused: %s', (_, reason, given, container) => {
    const judged = judgeFork({ ...fork, ...(container === undefined ? {} : { container }) }, given);
    expect(judged).toMatchObject({
      kind: 'refused',
      reason,
      next: expect.stringMatching(/kubectl annotate deployment pricing seatrial\.dev\/serves=/),
    });
  });
});

describe('a fork is refused with what to do', () => {
  test.each<[string, ForkWorld, object?]>([
    ['ServiceMissing', world({ services: [] })],
    ['WorkloadMissing', world({ deployments: [] })],
    ['WorkloadMissing', world(), { workload: 'gone' }],
    [
      'WorkloadAmbiguous',
      world({ deployments: [deployment('pricing'), { ...deployment('pricing'), metadata: { name: 'b' } }] }),
    ],
    ['NotADeployment', world({ deployments: [], statefulSets: [set] })],
    ['Headless', world({ services: [service('pricing', { clusterIP: 'None' })] })],
    ['ExternalName', world({ services: [service('pricing', { type: 'ExternalName' })] })],
    ['NoSelector', world({ services: [service('pricing', { selector: {} })] })],
    ['UdpOnly', world({ services: [service('pricing', { ports: [{ port: 53, protocol: 'UDP' }] })] })],
    [
      'UdpOnly',
      world({ services: [service('pricing', { ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] })] }),
    ],
    ['TlsPort', world({ services: [service('pricing', { ports: [{ name: 'https', port: 8443 }] })] })],
    ['TlsPort', world({ services: [service('pricing', { ports: [{ port: 443 }] })] })],
    ['SessionAffinity', world({ services: [service('pricing', { sessionAffinity: 'ClientIP' })] })],
    ['LocalTraffic', world({ services: [service('pricing', { internalTrafficPolicy: 'Local' })] })],
    ['LocalTraffic', world({ services: [service('pricing', { externalTrafficPolicy: 'Local' })] })],
    ['VolumeInUse', withPod({ volumes }, { claims: [claim(['ReadWriteOnce'])] })],
    ['VolumeInUse', withPod({ volumes })],
    ['HostPort', withPod(app({ ports: [{ containerPort: 1, hostPort: 1 }] }))],
    ['HostNetwork', withPod({ hostNetwork: true })],
    ['ContainerUnknown', world(), { container: 'nope' }],
    ['ContainerUnclear', withPod({ containers: [{ name: 'a' }, { name: 'b' }] })],
    ['ContainerNotServing', world({ deployments: [richDeployment()] }), { container: 'agent' }],
    ['SharedEffects', world({ services: [] }), { workload: 'pricing' }],
    ['SharedEffects', withPod(app({ command: ['celery', '-A', 'shop', 'worker'] }))],
    ['SharedEffects', withPod(app({ args: ['bin/consumer', '--queue=orders'] }))],
    ['SharedEffects', withPod(app({ command: ['sh', '-c', 'npx prisma migrate deploy && node .'] }))],
    ['SharedEffects', withPod({ initContainers: [{ name: 'migrate' }], ...app({}) })],
    ['SharedEffects', withPod(app({ command: ['supercronic', '/etc/crontab'] }))],
    [
      'ForeignReference',
      world(),
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'token' } } }] },
    ],
  ])('%s (%#)', (reason, given, change = {}) => {
    const judged = judgeFork({ ...fork, ...change }, given);
    expect(judged).toMatchObject({ kind: 'refused', reason });
    if (judged.kind === 'refused') {
      expect(judged.message).toMatch(/^[A-Z].*\.$/);
      expect(judged.next).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('but not for effects that are allowed, or said not to be there', () => {
    const migrating = deployment('pricing', { initContainers: [{ name: 'migrate' }], ...app({}) });
    const given = world({ deployments: [migrating] });
    expect(judgeFork({ ...fork, sharedEffects: 'allow' }, given)).toMatchObject({ kind: 'forkable' });
    const none = {
      ...migrating,
      metadata: { name: 'pricing', annotations: { 'seatrial.dev/shared-effects': 'none' } },
    };
    expect(judgeFork(fork, world({ deployments: [none] }))).toMatchObject({ kind: 'forkable' });
    const alone = world({ services: [] });
    expect(judgeFork({ ...fork, workload: 'pricing', sharedEffects: 'allow' }, alone)).toMatchObject({
      kind: 'forkable',
      service: null,
    });
  });

  test('and not for claims that many pods may mount', () => {
    expect(judgeFork(fork, withPod({ volumes }, { claims: [claim(['ReadWriteMany'])] }))).toMatchObject({
      kind: 'forkable',
    });
  });

  test.each([
    ['the same key', { secretKeyRef: { name: 'db', key: 'password' } }, 'forkable'],
    [
      'another key of a Secret that is mounted whole',
      { secretKeyRef: { name: 'db', key: 'user' } },
      'forkable',
    ],
    ['a ConfigMap taken whole by envFrom', { configMapKeyRef: { name: 'pricing', key: 'x' } }, 'forkable'],
    ['a field of the pod', { fieldRef: { fieldPath: 'status.podIP' } }, 'forkable'],
    ['a Secret of the name of a ConfigMap', { secretKeyRef: { name: 'pricing', key: 'x' } }, 'refused'],
    ['a pull secret', { secretKeyRef: { name: 'registry', key: 'x' } }, 'refused'],
  ])('a variable may refer to what the baseline reads: %s', (_, valueFrom, kind) => {
    const given = world({ deployments: [richDeployment()] });
    expect(judgeFork({ ...fork, env: [{ name: 'A', valueFrom }] }, given).kind).toBe(kind);
  });
});

test('an ordinary Service is not refused', () => {
  expect(
    serviceRefusal(service('pricing', { type: 'NodePort', externalTrafficPolicy: 'Cluster' })),
  ).toBeNull();
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigMap, KubeObject, Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { getList, writeList } from '../../../src/operator/enrolment/list.ts';
import { isSwapped, storedOriginal } from '../../../src/operator/enrolment/original.ts';
import { routesOf } from '../../../src/operator/enrolment/routes.ts';
import { routerSelector } from '../../../src/operator/install/router.ts';
import { applyYaml } from '../support/apply.ts';
import { openCluster } from '../support/cluster.ts';
import { scratchNamespace } from '../support/namespace.ts';
import { openBench } from './bench.ts';

const cluster = await openCluster();
const ns = await scratchNamespace(cluster, 'enrol');
const bench = openBench(cluster, `${ns.name}-system`);
const signal = AbortSignal.timeout(300_000);
afterAll(async () => {
  await ns[Symbol.asyncDispose]();
  bench.kube.close();
});

const yaml = (name: string, spec = 'ports: [{ name: http, port: 80, targetPort: web }]', app = name) =>
  `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${app} }, ${spec} }`;

const apply = (text: string, force: string | null = null) =>
  force !== null
    ? cluster.kubectl(
        ['-n', ns.name, 'apply', '--server-side', '--force-conflicts', `--field-manager=${force}`, '-f', '-'],
        { input: text },
      )
    : applyYaml(cluster, text, { namespace: ns.name });

const ensure = (name: string) => bench.enrolment.ensure(ns.name, [name], 'user', signal);
const read = (name: string) => bench.service(ns.name, name);

async function enrolled(name: string, text = yaml(name)): Promise<Service> {
  await apply(text);
  expect(await ensure(name)).toEqual([{ service: name, kind: 'enrolled' }]);
  return read(name);
}

async function release(name: string): Promise<void> {
  await writeList(bench.kube, ns.name, { [name]: null }, signal);
  await bench.settle(ns.name);
}

describe('a first owner', () => {
  test('applies changed values without a conflict once its Service was given back', async () => {
    await enrolled('owned');
    await release('owned');
    await apply(yaml('owned', 'ports: [{ name: http, port: 80, targetPort: other }]', 'other'));
    const { spec } = await read('owned');
    expect(spec.selector).toEqual({ app: 'other' });
    expect(spec.ports?.[0]?.targetPort).toBe('other');
  });

  test('is told of a conflict with us while it is enrolled', async () => {
    await enrolled('held');
    const refused = await cluster.tryKubectl(
      ['-n', ns.name, 'apply', '--server-side', '--field-manager=test-owner', '-f', '-'],
      { input: yaml('held') },
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('seatrial-controller');
    await release('held');
  });

  test('adds a port while it is enrolled: the port is enrolled too, and stays after the release', async () => {
    await enrolled('grows');
    const added = { op: 'add', path: '/spec/ports/-', value: { name: 'more', port: 81, targetPort: 8081 } };
    await cluster.kubectl([
      '-n',
      ns.name,
      'patch',
      'svc',
      'grows',
      '--type=json',
      '-p',
      JSON.stringify([added]),
    ]);
    await bench.settle(ns.name);
    const grown = await read('grows');
    expect(grown.spec.ports?.map(({ targetPort }) => Number(targetPort) >= 20_000)).toEqual([true, true]);
    await release('grows');
    expect((await read('grows')).spec.ports?.map(({ targetPort }) => targetPort)).toEqual(['web', 8081]);
  });
});

describe.each([
  ['argocd-controller', 'ignoreDifferences'],
  ['kustomize-controller', 'kustomize.toolkit.fluxcd.io/ssa: IfNotPresent'],
])('a manager that restores the Service: %s', (manager, setting) => {
  test('is followed three times, then left alone, named, and told its setting', async () => {
    const name = `fought-${manager}`;
    await enrolled(name);
    for (let time = 1; time <= 3; time++) {
      await apply(yaml(name), manager);
      expect(isSwapped(await read(name))).toBe(false);
      await bench.settle(ns.name);
      expect(isSwapped(await read(name)), `after restore ${time}`).toBe(true);
    }
    await apply(yaml(name), manager);
    await bench.settle(ns.name);
    const left = await read(name);
    expect(isSwapped(left)).toBe(false);
    expect(storedOriginal(left)).toBeNull();
    expect((await getList(bench.kube, ns.name, signal))[name]?.stopped).toMatchObject({
      manager,
      next: expect.stringContaining(setting),
    });
    const events = await cluster.kubectl([
      '-n',
      ns.name,
      'get',
      'events',
      '-o',
      'jsonpath={.items[*].reason}',
    ]);
    expect(events).toContain('EnrolmentStopped');

    expect(await bench.enrolment.ensure(ns.name, [name], 'sandbox', signal)).toMatchObject([
      { kind: 'refused', reason: 'RestoredByOthers' },
    ]);
    expect(await ensure(name)).toEqual([{ service: name, kind: 'enrolled' }]);
    await release(name);
  });
});

describe('an owner that merges maps, as kubectl apply of old, Helm 3 and Argo CD do', () => {
  test('restores its Service: its labels are taken out of ours, and it leads to its own pods', async () => {
    const merge = (text: string) => cluster.kubectl(['-n', ns.name, 'apply', '-f', '-'], { input: text });
    await merge(yaml('merged'));
    expect(await ensure('merged')).toEqual([{ service: 'merged', kind: 'enrolled' }]);
    await merge(yaml('merged', 'ports: [{ name: http, port: 80, targetPort: other }]', 'changed'));
    expect((await read('merged')).spec.selector).toEqual({ ...routerSelector, app: 'changed' });
    await bench.settle(ns.name);
    expect(isSwapped(await read('merged'))).toBe(true);
    expect((await read('merged-seatrial')).spec).toMatchObject({ ports: [{ targetPort: 'other' }] });
    expect((await read('merged-seatrial')).spec.selector).toEqual({ app: 'changed' });
    await merge(yaml('merged'));
    await release('merged');
    expect((await read('merged')).spec.selector).toEqual({ app: 'merged' });
  });
});

describe('what goes wrong around it', () => {
  test('an annotation that was taken off by hand is written again from the shadow', async () => {
    await enrolled('forgot');
    await cluster.kubectl(['-n', ns.name, 'annotate', 'svc', 'forgot', 'seatrial.dev/original-']);
    await bench.settle(ns.name);
    expect(storedOriginal(await read('forgot'))?.spec.selector).toEqual({ app: 'forgot' });
    await cluster.kubectl(['-n', ns.name, 'annotate', 'svc', 'forgot', 'seatrial.dev/original-']);
    await release('forgot');
    expect((await read('forgot')).spec).toMatchObject({
      selector: { app: 'forgot' },
      ports: [{ targetPort: 'web' }],
    });
  });

  test('a shadow that is deleted by hand comes back with the same router ports', async () => {
    const before = await enrolled('robbed');
    await cluster.kubectl(['-n', ns.name, 'delete', 'svc', 'robbed-seatrial']);
    await bench.settle(ns.name);
    const shadow = await read('robbed-seatrial');
    expect(routesOf(shadow).map(({ routerPort }) => routerPort)).toEqual(
      before.spec.ports?.map(({ targetPort }) => targetPort),
    );
    expect(shadow.spec.selector).toEqual({ app: 'robbed' });
    await release('robbed');
  });

  test('a Service that is deleted and made anew is enrolled anew', async () => {
    const before = await enrolled('reborn');
    await cluster.kubectl(['-n', ns.name, 'delete', 'svc', 'reborn']);
    const after = await enrolled('reborn');
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect((await read('reborn-seatrial')).metadata.ownerReferences?.[0]?.uid).toBe(after.metadata.uid);
    await release('reborn');
  });

  test('without a router the Service waits, and nothing of it is touched', async () => {
    await apply(yaml('waits'));
    bench.setRouters(0);
    expect(await ensure('waits')).toMatchObject([{ kind: 'pending', message: 'no router is ready' }]);
    expect(storedOriginal(await read('waits'))).toBeNull();
    bench.setRouters(1);
    expect(await ensure('waits')).toMatchObject([{ kind: 'enrolled' }]);
    await release('waits');
  });

  test('a Service whose name the shadow would need stays as it is', async () => {
    await apply(yaml('taken'));
    await apply(yaml('taken-seatrial', undefined, 'mine'));
    expect(await ensure('taken')).toMatchObject([{ kind: 'refused', reason: 'NameTaken' }]);
    expect((await read('taken-seatrial')).spec.selector).toEqual({ app: 'mine' });
    await release('taken');
  });
});

describe('several Services of one workload', () => {
  beforeAll(async () => {
    await apply(`apiVersion: apps/v1
kind: Deployment
metadata: { name: duo }
spec:
  replicas: 0
  selector: { matchLabels: { app: duo } }
  template:
    metadata: { labels: { app: duo } }
    spec: { containers: [{ name: a, image: none.invalid/a:0 }] }`);
  });

  test('are enrolled together, each port with a router port of its own; a headless one is left out', async () => {
    await apply(yaml('duo-b', 'ports: [{ name: http, port: 80 }, { name: tcp-db, port: 5432 }]', 'duo'));
    await apply(yaml('duo-c', 'clusterIP: None, ports: [{ port: 80 }]', 'duo'));
    await enrolled('duo');
    await bench.settle(ns.name);
    const routes = [...routesOf(await read('duo-seatrial')), ...routesOf(await read('duo-b-seatrial'))];
    expect(isSwapped(await read('duo-b'))).toBe(true);
    expect(isSwapped(await read('duo-c'))).toBe(false);
    expect(new Set(routes.map(({ routerPort }) => routerPort)).size).toBe(3);
    expect(routes.map(({ protocol }) => protocol)).toEqual(['http', 'http', 'tcp']);
    await release('duo');
    expect(isSwapped(await read('duo-b'))).toBe(false);
  });
});

test('a policy that comes between callers and router gives the Service back at once, and tells; without it it is enrolled again', async () => {
  const end = new AbortController();
  const running = bench.enrolment.run(AbortSignal.any([signal, end.signal]));
  const led = async () => isSwapped(await read('duo'));
  // Well before the look that comes each minute.
  const soon = { timeout: 20_000, interval: 200 };
  try {
    await enrolled('duo', yaml('duo'));
    await apply(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: duo-callers }
spec: { podSelector: { matchLabels: { app: duo } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }] }`);
    await expect.poll(led, soon).toBe(false);
    expect(await bench.enrolment.ensure(ns.name, ['duo'], 'sandbox', signal)).toMatchObject([
      { kind: 'refused', reason: 'NetworkPolicy', message: expect.stringContaining('duo-callers') },
    ]);
    const notes = await cluster.kubectl([
      '-n',
      ns.name,
      'get',
      'events',
      '-o',
      'jsonpath={.items[*].message}',
    ]);
    expect(notes).toContain('NetworkPolicy duo-callers admits no pods of the router');
    await cluster.kubectl(['-n', ns.name, 'delete', 'networkpolicy', 'duo-callers']);
    await expect.poll(led, soon).toBe(true);
  } finally {
    end.abort();
    await running;
  }
  await release('duo');
});

test.each([
  ['Headless', 'clusterIP: None, ports: [{ port: 80 }]'],
  ['ExternalName', 'type: ExternalName, externalName: example.com, ports: [{ port: 80 }]'],
  ['UdpOnly', 'ports: [{ port: 53, protocol: UDP }]'],
  ['TlsPort', 'ports: [{ port: 443 }]'],
  ['TlsPort', 'ports: [{ name: https-web, port: 8443 }]'],
  ['SessionAffinity', 'sessionAffinity: ClientIP, ports: [{ port: 80 }]'],
  ['LocalTraffic', 'internalTrafficPolicy: Local, ports: [{ port: 80 }]'],
])('refuses %s with what to do, and touches nothing: %s', async (reason, spec) => {
  const name = `no${Math.random().toString(36).slice(2, 8)}`;
  await apply(yaml(name, spec));
  const before = await read(name);
  const [result] = await ensure(name);
  expect(result).toMatchObject({ kind: 'refused', reason, next: expect.stringMatching(/\.$/) });
  expect(await read(name)).toEqual(before);
  await release(name);
});

test('a list that was broken by hand breaks nothing else', async () => {
  await enrolled('steady');
  const body = { data: { broken: 'no JSON' } };
  const ref = { resource: resources.configMaps, namespace: ns.name, name: 'seatrial-enrolment' };
  await bench.kube.patch<ConfigMap>(ref, { kind: 'merge', body }, signal);
  await bench.settle(ns.name);
  expect(isSwapped(await read('steady'))).toBe(true);
  await bench.kube.patch<ConfigMap>(ref, { kind: 'merge', body: { data: { broken: null } } }, signal);
  await release('steady');
});

test('the namespace keeps nothing of ours once all is released', async () => {
  const until = Date.now() + 60_000;
  let { done } = await bench.enrolment.reconcile(ns.name, signal);
  while (!done && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    ({ done } = await bench.enrolment.reconcile(ns.name, signal));
  }
  const { metadata }: Pick<KubeObject, 'metadata'> = await read('owned');
  expect(metadata.annotations ?? {}).toEqual({});
  for (const kind of ['svc', 'deploy', 'sts', 'pdb', 'sa', 'rolebinding', 'cm']) {
    const named = await cluster.kubectl(['-n', ns.name, 'get', kind, '-o', 'name']);
    expect(named.split('\n').filter((line) => /seatrial/.test(line) && !/taken-seatrial/.test(line))).toEqual(
      [],
    );
  }
});

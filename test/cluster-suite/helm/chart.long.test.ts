import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Service } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { findLeftOver, nameOf } from '../../../src/operator/install/left-over.ts';
import type { Manifest } from '../../../src/operator/install/manifest.ts';
import { systemObjects } from '../../../src/operator/install/system-objects.ts';
import { type Echo, startEcho } from '../enrolment/echo.ts';
import { openCluster } from '../support/cluster.ts';
import { openHelm } from '../support/helm.ts';
import { ownImage } from '../support/image.ts';
import { scratchNamespace } from '../support/namespace.ts';

const root = join(import.meta.dirname, '../../..');
const chart = join(root, 'deploy/chart');
const crd = parse(readFileSync(join(root, 'deploy/crd.yaml'), 'utf8')) as Manifest;
const cluster = await openCluster();
const helm = await openHelm(cluster);
afterAll(() => helm[Symbol.dispose]());

async function rendered(...flags: readonly string[]): Promise<readonly Manifest[]> {
  const { code, stdout, stderr } = await helm('template', 'seatrial', chart, '-n', 'trial', ...flags);
  expect(code, stderr).toBe(0);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Manifest | null)
    .filter((one) => one !== null)
    .filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined);
}

const image = 'registry.example/seatrial:1';
const byName = (objects: readonly Manifest[]) =>
  new Map(
    objects
      .filter(({ kind }) => kind !== 'Namespace')
      .map((one) => [`${one.kind} ${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]),
  );

describe('the chart', () => {
  test('has no fault that helm lint finds, and takes no value that it does not know', async () => {
    const lint = await helm('lint', '--strict', chart, '--set', `image=${image}`);
    expect(lint.code, lint.stdout + lint.stderr).toBe(0);
    const typo = await helm('template', 'seatrial', chart, '--set', `image=${image},namespace=shop`);
    expect(typo.stderr).toContain("'namespace' not allowed");
    const without = await helm('template', 'seatrial', chart);
    expect(without.stderr).toContain('Set image: seatrial install --build-context');
  });

  test.each([
    ['all namespaces, all images', null, []],
    ['some namespaces', ['a', 'shop-2'], []],
    ['one namespace and images', ['shop'], ['registry.example/shop/*', `odd"'\\image`]],
  ])('renders the very objects that seatrial install applies: %s', async (_, namespaces, images) => {
    const json = (name: string, value: unknown) => ['--set-json', `${name}=${JSON.stringify(value)}`];
    const flags = [...json('namespaces', namespaces?.toReversed() ?? []), ...json('allowedImages', images)];
    const found = byName(await rendered('--set', `image=${image}`, ...flags));
    const wanted = systemObjects({ systemNamespace: 'trial', image, namespaces }, { crd, images });
    const annotations = { ...crd.metadata.annotations, 'helm.sh/resource-policy': 'keep' };
    const kept = { ...crd, metadata: { ...crd.metadata, annotations } };
    const asJson = JSON.parse(JSON.stringify([kept, ...wanted.slice(1)])) as readonly Manifest[];
    expect(found).toEqual(byName(asJson));
  });

  test('takes replicas and resources, and leaves the CRD out where another installation brings it', async () => {
    const set = `image=${image},replicas=1,resources.requests.cpu=1,crd=false`;
    const objects = await rendered('--set', set);
    const controller = objects.find(({ kind }) => kind === 'Deployment');
    expect(controller?.spec).toMatchObject({
      replicas: 1,
      template: { spec: { containers: [{ resources: { requests: { cpu: 1, memory: '128Mi' } } }] } },
    });
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds).not.toContain('CustomResourceDefinition');
    // With one replica it would keep nodes from being drained.
    expect(kinds).not.toContain('PodDisruptionBudget');
  });
});

describe('on a cluster', () => {
  const signal = AbortSignal.timeout(900_000);
  let echo: Echo;
  let own = '';
  const setUp = Promise.all([
    scratchNamespace(cluster, 'chart'),
    scratchNamespace(cluster, 'chart-sys', { 'pod-security.kubernetes.io/enforce': 'restricted' }),
  ]);
  beforeAll(async () => {
    const [ns] = await setUp;
    // The CRD is everybody's here: it is applied as `seatrial install` does, and no release owns it.
    const flags = ['--server-side', '--field-manager=seatrial-cli', '-f', join(root, 'deploy/crd.yaml')];
    await cluster.kubectl(['apply', ...flags]);
    own = await ownImage(cluster);
    echo = await startEcho(cluster, ns.name, own);
  });
  afterAll(async () => {
    // Where the test failed before its own.
    await release('uninstall', '--no-hooks', '--ignore-not-found');
    for (const ns of await setUp) await ns[Symbol.asyncDispose]();
  });

  async function release(verb: string, ...flags: readonly string[]) {
    const [, system] = await setUp;
    return helm(verb, 'seatrial', ...flags, '-n', system.name, '--timeout', '240s');
  }

  async function service(): Promise<Service['spec'] | undefined> {
    const [ns] = await setUp;
    const ref = { resource: resources.services, namespace: ns.name, name: 'echo' };
    return (await cluster.kube.get<Service>(ref, signal))?.spec;
  }

  test('a release is healthy, is upgraded while a sandbox lives, and leaves nothing once uninstalled', async () => {
    const [ns, system] = await setUp;
    const before = await service();
    const values = ['--set', `image=${own},namespaces={${ns.name}},crd=false`];
    const installed = await release('install', chart, ...values, '--wait');
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stdout).toContain(`serves ${ns.name}`);

    const enrolled = await echo.seatrial('enroll', 'echo');
    expect(enrolled.code, enrolled.stderr + enrolled.stdout).toBe(0);
    const doctor = await echo.seatrial('doctor');
    expect(doctor.code, doctor.stdout).toBe(0);

    const sandbox = {
      apiVersion: 'seatrial.dev/v1alpha1',
      kind: 'Sandbox',
      metadata: { name: 'live', namespace: ns.name },
      spec: {
        owner: { principal: await cluster.kube.whoAmI(signal), repository: 'shop', workingTree: 'w' },
        lease: { durationSeconds: 1800, renewTime: new Date().toISOString(), maxSeconds: 3600 },
        forks: [{ service: 'echo', source: { image: own }, revision: 'abc' }],
      },
    };
    await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(sandbox) });
    const sbx = (...args: readonly string[]) => cluster.kubectl(['-n', ns.name, ...args]);
    await sbx('wait', '--for=condition=Ready', 'sbx/live', '--timeout=120s');
    const upgraded = await release('upgrade', chart, ...values, '--set', 'replicas=1', '--wait');
    expect(upgraded.code, upgraded.stderr).toBe(0);
    await sbx('wait', '--for=condition=Ready', 'sbx/live', '--timeout=60s');

    const refused = await release('uninstall');
    expect(refused.code).not.toBe(0);
    expect(await sbx('get', 'sbx', '-o', 'name')).toContain('live');
    expect((await service())?.selector).not.toEqual(before?.selector);
    const log = await cluster.kubectl(['-n', system.name, 'logs', 'job/seatrial-uninstall']);
    expect(log).toContain('sandboxes are alive');

    await sbx('delete', 'sbx', 'live', '--timeout=120s');
    const gone = await release('uninstall');
    expect(gone.code, gone.stderr).toBe(0);
    expect(await service()).toEqual(before);
    const left = await findLeftOver(cluster.kube, system.name, (name) => name === ns.name, signal);
    expect(left.map(nameOf)).toEqual([]);
    const inCluster = await cluster.kubectl(['get', 'clusterroles,clusterrolebindings', '-o', 'name']);
    expect(inCluster).not.toContain(system.name);
    const jobs = await cluster.kubectl(['-n', system.name, 'get', 'all,secrets,sa', '-o', 'name']);
    expect(jobs.trim()).toBe('serviceaccount/default');
  });
});

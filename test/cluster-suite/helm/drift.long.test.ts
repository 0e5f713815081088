import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { driftOf } from '../../../src/operator/enrolment/drift.ts';
import { getList, writeList } from '../../../src/operator/enrolment/list.ts';
import { isSwapped, storedOriginal } from '../../../src/operator/enrolment/original.ts';
import { openBench } from '../enrolment/bench.ts';
import { openCluster } from '../support/cluster.ts';
import { openHelm, writeChart } from '../support/helm.ts';
import { scratchNamespace } from '../support/namespace.ts';

const cluster = await openCluster();
const helm = await openHelm(cluster);
const ns = await scratchNamespace(cluster, 'helm');
const bench = openBench(cluster, `${ns.name}-system`);
const signal = AbortSignal.timeout(600_000);
const chart = writeChart({
  'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'values.yaml': 'target: web\npart: one\n',
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata: { name: {{ .Release.Name }}, labels: { part: {{ .Values.part }} } }
spec:
  selector: { app: {{ .Release.Name }}, part: {{ .Values.part }} }
  ports: [{ name: http, port: 80, targetPort: {{ .Values.target }} }]
`,
});
afterAll(async () => {
  await ns[Symbol.asyncDispose]();
  bench.kube.close();
  chart[Symbol.dispose]();
  helm[Symbol.dispose]();
});

let name = '';
let releases = 0;
/** A release of its own, with its Service enrolled. */
beforeEach(async () => {
  releases += 1;
  name = `app${releases}`;
});

const read = () => bench.service(ns.name, name);
const shadow = () => bench.service(ns.name, `${name}-seatrial`);
const ensure = () => bench.enrolment.ensure(ns.name, [name], 'user', signal);
const stopped = async () => (await getList(bench.kube, ns.name, signal))[name]?.stopped;

async function well(verb: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await helm(verb, name, chart.folder, '-n', ns.name, ...args);
  expect(code, stderr).toBe(0);
}

async function enrolled(...install: readonly string[]): Promise<Service> {
  await well('install', ...install);
  const before = await read();
  expect(await ensure()).toEqual([{ service: name, kind: 'enrolled' }]);
  return before;
}

async function release(): Promise<void> {
  await writeList(bench.kube, ns.name, { [name]: null }, signal);
  await bench.settle(ns.name);
  expect(storedOriginal(await read())).toBeNull();
}

describe('helm upgrade of a release whose Service is enrolled, by server-side apply', () => {
  test('meets a conflict that names us; forced, it goes through and the Service is enrolled again as it is now', async () => {
    await enrolled();
    const refused = await helm('upgrade', name, chart.folder, '-n', ns.name, '--set', 'target=other');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('seatrial-controller');
    expect(isSwapped(await read()), 'nothing of the Service was changed').toBe(true);

    await well('upgrade', '--set', 'target=other,part=two', '--force-conflicts');
    await bench.settle(ns.name);
    expect(isSwapped(await read())).toBe(true);
    expect((await shadow()).spec).toMatchObject({
      selector: { app: name, part: 'two' },
      ports: [{ targetPort: 'other' }],
    });
    expect(driftOf(await shadow())).toMatchObject({ count: 1, manager: 'helm' });
    await release();
  });
});

describe('helm upgrade by three-way merge', () => {
  test('goes through; what it merged into our selector is taken apart again', async () => {
    await enrolled('--server-side=false');
    await well('upgrade', '--server-side=false', '--set', 'target=other,part=two');
    await bench.settle(ns.name);
    expect(isSwapped(await read())).toBe(true);
    expect((await shadow()).spec).toMatchObject({ ports: [{ targetPort: 'other' }] });
    expect((await shadow()).spec.selector).toEqual({ app: name, part: 'two' });
    await release();
    expect((await read()).spec.selector).toEqual({ app: name, part: 'two' });
  });
});

describe.each([
  ['server-side apply', ['--force-conflicts']],
  ['three-way merge', ['--server-side=false']],
])('helm that restores the Service again and again: %s', (_, flags) => {
  test('is followed three times, then left alone, named, and told its setting', async () => {
    await enrolled(...flags);
    for (let time = 1; time <= 3; time++) {
      await well('upgrade', ...flags, '--set', `target=t${time}`);
      expect(isSwapped(await read()), `restored ${time}`).toBe(false);
      await bench.settle(ns.name);
      expect(isSwapped(await read()), `enrolled again ${time}`).toBe(true);
    }
    await well('upgrade', ...flags, '--set', 'target=last');
    await bench.settle(ns.name);
    const left = await read();
    expect(storedOriginal(left)).toBeNull();
    expect(left.spec).toMatchObject({
      selector: { app: name, part: 'one' },
      ports: [{ targetPort: 'last' }],
    });
    expect(Object.keys(left.spec.selector ?? {})).toEqual(['app', 'part']);
    expect(await stopped()).toMatchObject({
      manager: 'helm',
      next: expect.stringContaining(`seatrial release ${name}`),
    });
    await well('upgrade', '--set', 'target=later');
    expect((await read()).spec.ports?.[0]?.targetPort).toBe('later');
  });
});

test.each([
  ['server-side apply', []],
  ['three-way merge', ['--server-side=false']],
])(
  'once the Service is released, helm upgrade and rollback go through with no conflict: %s',
  async (_, flags) => {
    const before = await enrolled(...flags);
    await release();
    await well('upgrade', ...flags, '--set', 'target=other,part=two');
    expect((await read()).spec).toMatchObject({
      selector: { app: name, part: 'two' },
      ports: [{ targetPort: 'other' }],
    });
    const back = await helm('rollback', name, '1', '-n', ns.name);
    expect(back.code, back.stderr).toBe(0);
    expect((await read()).spec).toEqual(before.spec);
    const gone = await helm('uninstall', name, '-n', ns.name, '--wait');
    expect(gone.code, gone.stderr).toBe(0);
  },
);

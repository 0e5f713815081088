import { describe, expect, test } from 'vitest';
import type { Service } from '../../../src/kube/objects.ts';
import { driftAnnotation } from '../../../src/operator/enrolment/names.ts';
import type { ReadyRouter } from '../../../src/operator/enrolment/routers.ts';
import { nextStep, type ServiceState } from '../../../src/operator/enrolment/step.ts';
import { restoreOperations } from '../../../src/operator/enrolment/swap.ts';
import { routerSelector } from '../../../src/operator/install/router.ts';
import { annotations } from '../../../src/sandbox/cluster-names.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const ago = (ms: number) => new Date(now - ms).toISOString();
const routes = [{ port: 80, routerPort: 20_000, protocol: 'http' as const }];
const ports = [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }];

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'pricing', namespace: 'shop', uid: 'u1', managedFields: [] },
  spec: { clusterIP: '10.0.0.1', selector: { app: 'pricing' }, ports },
};
const swapped: Service = {
  ...service,
  metadata: {
    ...service.metadata,
    annotations: {
      [annotations.original]: JSON.stringify({ spec: service.spec, managedFields: [], routes }),
    },
  },
  spec: { ...service.spec, selector: routerSelector, ports: [{ ...ports[0], port: 80, targetPort: 20_000 }] },
};

function shadow(more: Readonly<Record<string, string>> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'pricing-seatrial',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: 'pricing', uid: 'u1' }],
      annotations: {
        [annotations.routes]: JSON.stringify(routes),
        [annotations.workloads]: '["pricing"]',
        ...more,
      },
    },
    spec: { clusterIP: '10.0.0.9', selector: { app: 'pricing' }, ports },
  };
}

const router = (baseline = '10.0.0.9:80', connections = 0, reachable = true): ReadyRouter => ({
  pod: 'r',
  enrolled: [
    { service: 'pricing', port: 80, routerPort: 20_000, protocol: 'http', baseline, connections, reachable },
  ],
});

const step = (state: Partial<ServiceState>) =>
  nextStep({
    service,
    shadow: null,
    wanted: true,
    routers: [router()],
    withoutRouterSince: null,
    troubles: [],
    routed: [],
    ending: false,
    routerPods: 1,
    workloads: ['pricing'],
    taken: new Set(),
    network: null,
    now,
    ...state,
  });

describe('a Service that is to be enrolled', () => {
  test('gets its shadow first', () => {
    expect(step({})).toMatchObject({ kind: 'make-shadow', routes });
  });

  test('waits until every ready router has loaded its ports, towards this shadow', () => {
    const other = router('10.0.0.8:80');
    expect(step({ shadow: shadow(), routers: [] })).toMatchObject({ kind: 'wait' });
    expect(step({ shadow: shadow(), routers: [router(), other] })).toMatchObject({ kind: 'wait' });
    expect(step({ shadow: shadow(), routers: [router(), router()] })).toMatchObject({ kind: 'swap', routes });
  });

  test('waits until every router got through to the shadow, but not for a baseline without pods', () => {
    const away = { routers: [router(), router(undefined, 0, false)] };
    const made = (ms: number): Service => {
      const fresh = shadow();
      return { ...fresh, metadata: { ...fresh.metadata, creationTimestamp: ago(ms) } };
    };
    expect(step({ ...away, shadow: made(1_000) })).toMatchObject({ kind: 'wait' });
    expect(step({ ...away, shadow: made(21_000) })).toMatchObject({ kind: 'swap' });
  });

  test('is left as it is once it leads to the routers', () => {
    expect(step({ service: swapped, shadow: shadow() })).toEqual({ kind: 'enrolled' });
  });

  test('gets a shadow that says which Deployments are behind it, anew where these change', () => {
    const workloads = ['pricing', 'pricing-canary'];
    expect(step({ workloads })).toMatchObject({ kind: 'make-shadow', workloads });
    expect(step({ service: swapped, shadow: shadow(), workloads })).toMatchObject({
      kind: 'make-shadow',
      workloads,
    });
  });

  test('gets no router port that another Service holds', () => {
    expect(step({ taken: new Set([20_000]) })).toMatchObject({ routes: [{ port: 80, routerPort: 20_001 }] });
  });

  test('gets a shadow that was deleted back with the ports that it leads to', () => {
    const held = [{ ...routes[0], routerPort: 20_007 }];
    const original = JSON.stringify({ spec: service.spec, managedFields: [], routes: held });
    const metadata = { ...swapped.metadata, annotations: { [annotations.original]: original } };
    expect(step({ service: { ...swapped, metadata } })).toMatchObject({ kind: 'make-shadow', routes: held });
  });

  test('leads to the baseline again after ten seconds without a router, and not before', () => {
    const without = (ms: number) =>
      step({ service: swapped, shadow: shadow(), routers: [], withoutRouterSince: now - ms });
    expect(without(9_000)).toEqual({ kind: 'enrolled' });
    expect(without(11_000)).toEqual({ kind: 'restore', why: 'suspend' });
  });

  test('waits with that until no sandbox is said to be routed, but not for ever', () => {
    const without = (ms: number, routed: readonly string[]) =>
      step({ service: swapped, shadow: shadow(), routers: [], withoutRouterSince: now - ms, routed });
    expect(without(11_000, ['pr-42'])).toMatchObject({
      kind: 'wait',
      message: expect.stringContaining('pr-42'),
    });
    expect(without(39_000, ['pr-42'])).toMatchObject({ kind: 'wait' });
    expect(without(41_000, ['pr-42'])).toMatchObject({ kind: 'restore' });
  });

  test('is asked for less often the longer no router is ready', () => {
    const pause = (ms: number) =>
      step({ shadow: shadow(), routers: [], withoutRouterSince: now - ms }) as { ms: number };
    expect([pause(0).ms, pause(20_000).ms, pause(3_600_000).ms]).toEqual([300, 2_000, 5_000]);
  });

  test('is refused where it cannot be, and given back where it could be before', () => {
    const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } };
    expect(step({ service: headless })).toMatchObject({ kind: 'refused', reason: 'Headless' });
    expect(step({ shadow: 'taken' })).toMatchObject({ kind: 'refused', reason: 'NameTaken' });
    const spec = { ...swapped.spec, sessionAffinity: 'ClientIP' };
    expect(step({ service: { ...swapped, spec }, shadow: shadow() })).toEqual({
      kind: 'restore',
      why: 'release',
    });
  });
});

describe('a Service that somebody else restored', () => {
  const drift = (count: number, at = now - 1_000) =>
    shadow({ [driftAnnotation]: JSON.stringify({ swapped: true, count, manager: 'x', at }) });
  const restored: Service = {
    ...service,
    metadata: {
      ...service.metadata,
      managedFields: [{ manager: 'argocd-controller', fieldsV1: { 'f:spec': { 'f:selector': {} } } }],
    },
  };

  test('is enrolled again, and counted', () => {
    expect(step({ service: restored, shadow: drift(0) })).toMatchObject({
      kind: 'swap',
      drift: { count: 1, manager: 'argocd-controller' },
    });
    expect(step({ service: restored, shadow: drift(2) })).toMatchObject({
      kind: 'swap',
      drift: { count: 3 },
    });
  });

  test('keeps its own labels where an owner merged them into our selector', () => {
    const spec = { ...swapped.spec, selector: { ...routerSelector, app: 'pricing', tier: 'new' }, ports };
    const merged = { ...swapped, spec };
    expect(step({ service: merged, shadow: drift(0) })).toMatchObject({
      kind: 'make-shadow',
      original: { spec: { selector: { app: 'pricing', tier: 'new' } } },
    });
    const value = { app: 'pricing', tier: 'new' };
    expect(restoreOperations(merged)).toContainEqual({ op: 'replace', path: '/spec/selector', value });
  });

  test('is refused where nothing says any more where it led: no router is led to itself', () => {
    const lost = { ...swapped, metadata: service.metadata };
    expect(step({ service: lost })).toMatchObject({ kind: 'refused', reason: 'SelectsRouters' });
  });

  test('is left to it the fourth time, with its name and setting', () => {
    expect(step({ service: restored, shadow: drift(3) })).toMatchObject({
      kind: 'stop',
      manager: 'argocd-controller',
      next: expect.stringContaining('RespectIgnoreDifferences'),
    });
  });

  test('counts from one again where the last time was long ago', () => {
    expect(step({ service: restored, shadow: drift(3, now - 3_700_000) })).toMatchObject({
      kind: 'swap',
      drift: { count: 1 },
    });
  });
});

describe('a Service that is to be released', () => {
  const out = (state: Partial<ServiceState>) => step({ wanted: false, ...state });
  const since = (ms: number) => shadow({ [annotations.releasing]: ago(ms) });

  test('leads to the baseline first, then its callers are told to close, then its shadow goes', () => {
    expect(out({ service: swapped, shadow: shadow() })).toEqual({ kind: 'restore', why: 'release' });
    expect(out({ shadow: shadow() })).toEqual({ kind: 'mark-releasing' });
    expect(out({ shadow: since(29_000) })).toMatchObject({ kind: 'wait', ms: 1_000 });
    expect(out({ shadow: since(31_000) })).toEqual({ kind: 'delete-shadow' });
    expect(out({})).toEqual({ kind: 'not-enrolled' });
  });

  test('keeps its shadow while callers hold idle connections to a router, for an hour at most', () => {
    const held = { routers: [router(undefined, 2)] };
    expect(out({ ...held, shadow: since(31_000) })).toMatchObject({
      kind: 'wait',
      message: 'callers hold 2 idle connections to the router',
    });
    expect(out({ ...held, shadow: since(3_601_000) })).toEqual({ kind: 'delete-shadow' });
  });

  test('keeps its shadow until the routers are gone, where they go too', () => {
    expect(out({ ending: true, shadow: since(31_000) })).toEqual({ kind: 'wait-for-routers' });
    expect(out({ ending: true, routerPods: 0, shadow: since(31_000) })).toEqual({ kind: 'delete-shadow' });
  });

  test('is not held up by a mark that was broken by hand', () => {
    const broken = shadow({ [annotations.releasing]: 'soon' });
    expect(out({ shadow: broken })).toEqual({ kind: 'delete-shadow' });
  });
});

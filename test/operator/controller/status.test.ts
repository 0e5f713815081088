import { describe, expect, test } from 'vitest';
import type { Made, SandboxFacts } from '../../../src/operator/controller/facts.ts';
import { nextStatus } from '../../../src/operator/controller/status.ts';
import { decideWrite, progressPause } from '../../../src/operator/controller/status-write.ts';
import { fullText, overdue } from '../../../src/operator/controller/tombstones.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';
import { fork } from '../fork/samples.ts';

const now = Date.parse('2026-11-22T20:01:00Z');
const resource: SandboxResource = {
  apiVersion: 'seatrial.dev/v1alpha1',
  kind: 'Sandbox',
  metadata: { name: 's', namespace: 'shop', generation: 3, creationTimestamp: '2026-11-22T20:00:00Z' },
  spec: {
    owner: { principal: 'a', repository: 'r', workingTree: 'w' },
    lease: { durationSeconds: 600, maxSeconds: 3600 },
    forks: [fork],
  },
};
const running: Made = {
  kind: 'made',
  workload: 'pricing',
  container: 'app',
  view: {
    state: { kind: 'running', startedEpochMs: now - 5_000, podReady: false },
    pod: null,
    restarts: 0,
    exit: null,
    imageDigest: null,
  },
  route: { kind: 'routed' },
  readyWithinMs: 30_000,
  logTail: [],
};
const facts = (made: Partial<Made> = {}, more: Partial<SandboxFacts> = {}): SandboxFacts => ({
  resource,
  routingKey: 'k'.repeat(20),
  nowEpochMs: now,
  forks: [{ fork, made: { ...running, ...made } }],
  enrolment: { kind: 'enrolled' },
  routersReady: 2,
  ...more,
});
const said = (given: SandboxFacts) => {
  const { phase, conditions = [] } = nextStatus(given).status;
  return [phase, ...conditions.map(({ status, reason }) => `${status} ${reason}`)];
};
const pending = (refusal: string | null) => ({ kind: 'pending', message: 'waits', refusal }) as const;
const late = {
  ...running.view,
  state: { kind: 'running', startedEpochMs: now - 40_000, podReady: false },
} as const;

describe('the status of a sandbox', () => {
  test.each<[string, SandboxFacts, readonly string[]]>([
    ['serves', facts(), ['Ready', 'True Running', 'True RoutesLoaded', 'True Serving', 'False LeaseActive']],
    [
      'waits for its routes',
      facts({ route: pending('fork-not-ready') }),
      ['Provisioning', 'True Running', 'False RoutesPending', 'False RoutesPending', 'False LeaseActive'],
    ],
    [
      'is never ready without a router, whatever routers said before',
      facts({}, { routersReady: 0 }),
      ['Provisioning', 'True Running', 'False NoRouter', 'False NoRouter', 'False LeaseActive'],
    ],
    [
      'is never ready while its Service is not enrolled',
      facts({}, { enrolment: { kind: 'pending', message: 'soon' } }),
      ['Provisioning', 'True Running', 'False Enrolling', 'False Enrolling', 'False LeaseActive'],
    ],
    [
      'fails where its Service cannot be enrolled',
      facts({}, { enrolment: { kind: 'refused', reason: 'Headless', message: 'm', next: 'n' } }),
      ['Failed', 'True Running', 'False Headless', 'False Headless', 'False LeaseActive'],
    ],
    [
      'fails where the fork does not answer in time',
      facts({ view: late, route: pending('fork-not-ready') }),
      ['Failed', 'True Running', 'False RoutesPending', 'False NeverReady', 'False LeaseActive'],
    ],
    [
      'does not blame the fork for a router that says nothing',
      facts({ view: late, route: pending(null) }),
      ['Provisioning', 'True Running', 'False RoutesPending', 'False RoutesPending', 'False LeaseActive'],
    ],
    [
      'has the wrong port where the pod is ready and its port is not',
      facts({ view: late, route: pending('fork-unreachable') }),
      ['Failed', 'True Running', 'False RoutesPending', 'False WrongPort', 'False LeaseActive'],
    ],
    [
      'has the wrong port where the routers found that nothing listens',
      facts({ view: late, route: { ...pending('fork-not-ready'), listens: false } }),
      ['Failed', 'True Running', 'False RoutesPending', 'False WrongPort', 'False LeaseActive'],
    ],
  ])('%s', (_, given, expected) => {
    expect(said(given)).toEqual(expected);
  });

  test('keeps the time of a condition whose status is as before', () => {
    const before = nextStatus(facts()).status;
    const later = facts({}, { resource: { ...resource, status: before }, nowEpochMs: now + 9_000 });
    expect(nextStatus(later).status).toEqual(before);
  });
});

describe('a status is written', () => {
  const ready = nextStatus(facts()).status;
  const waiting = nextStatus(facts({ route: pending('x') })).status;

  test('at once where somebody waits for it, never when it is as it is', () => {
    expect(decideWrite(undefined, waiting, 0)).toEqual({ kind: 'now' });
    expect(decideWrite(waiting, ready, 0)).toEqual({ kind: 'now' });
    expect(decideWrite(ready, { ...ready, observedGeneration: 4 }, 0)).toEqual({ kind: 'now' });
    expect(decideWrite(ready, ready, 99_999)).toEqual({ kind: 'never' });
  });

  test('seldomer the longer it takes, and at last every half minute', () => {
    const told: number[] = [];
    let last = 0;
    for (let ms = 0; ms < 100_000; ms += 500) {
      if (ms - last < progressPause(ms)) continue;
      told.push(ms / 1000);
      last = ms;
    }
    expect(told).toEqual([2, 4, 8, 16, 32, 62, 92]);
  });

  test('at once where another right is missing than before, and not where a number alone grows', () => {
    const lacking = (message: string) =>
      nextStatus(
        facts(
          {},
          { enrolment: { kind: 'refused', reason: 'Forbidden', message, next: 'Run seatrial install.' } },
        ),
      ).status;
    const first = lacking('may not list pods');
    expect(decideWrite(first, lacking('may not list services'), 0)).toEqual({ kind: 'now' });
    const router = (message: string) => nextStatus(facts({ route: { ...pending('x'), message } })).status;
    const may = (verb: string) =>
      `Router a may not ${verb} pods in namespace shop: run seatrial install again.`;
    expect(decideWrite(router(may('list')), router(may('watch')), 0)).toEqual({ kind: 'now' });
    const tried = (times: number) => lacking(`tried ${times} times`);
    expect(decideWrite(tried(2), tried(13), 0)).toMatchObject({ kind: 'later' });
  });

  test('later and bundled where it tells of progress alone', () => {
    const progress = nextStatus(facts({ route: { ...pending('x'), message: 'still waits' } })).status;
    expect(decideWrite(waiting, progress, 500)).toEqual({ kind: 'later', inMs: 1_500 });
    expect(decideWrite(waiting, progress, 2_500)).toEqual({ kind: 'now' });
  });
});

test('a list of tombstones that is full says until when', () => {
  const entry = (until: string) => JSON.stringify({ sandbox: 's', services: [], reason: 'torn-down', until });
  const data = { a: entry('2026-11-22T20:30:00Z'), b: entry('2026-11-22T20:10:00Z'), c: 'x' };
  const list = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seatrial-tombstones' }, data };
  expect(fullText(list, 'shop')).toMatch(/ is full with 3 keys .* let go at 2026-11-22T20:10:00Z\. /);
  expect(fullText(null, 'shop')).toMatch(/within the hour/);
});

test('tombstones are swept when their hour is over, and so is what is no tombstone', () => {
  const entry = (until: string) => JSON.stringify({ sandbox: 's', services: [], reason: 'torn-down', until });
  const data = { a: entry('2026-11-22T20:00:59Z'), b: entry('2026-11-22T20:01:01Z'), c: 'x', d: '{}' };
  const list = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'seatrial-tombstones' }, data };
  expect(overdue(list, now)).toEqual(['a', 'c', 'd']);
});

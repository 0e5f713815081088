import { describe, expect, test } from 'vitest';
import type { Deployment, Service } from '../../../src/kube/objects.ts';
import type { EnrolmentList, ListEntry } from '../../../src/operator/enrolment/list.ts';
import { listChanges, wantedServices } from '../../../src/operator/enrolment/wanted.ts';
import { labels } from '../../../src/sandbox/cluster-names.ts';
import type { SandboxResource } from '../../../src/sandbox/resource.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const hours = (count: number) => new Date(now - count * 3_600_000).toISOString();
const entry = (more: Partial<ListEntry> = {}): ListEntry => ({
  by: 'sandbox',
  since: hours(48),
  lastUsed: hours(0),
  ...more,
});

const service = (name: string, app = name, more: object = {}): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: 80 }], ...more },
  }) as Service;
const deployment = (app: string, more: Readonly<Record<string, string>> = {}): Deployment =>
  ({
    metadata: { name: app, labels: more },
    spec: { template: { metadata: { labels: { app } }, spec: {} } },
  }) as unknown as Deployment;
const sandbox = (forks: readonly string[], observe: readonly string[] = [], deleted = false) =>
  ({
    metadata: { name: 's', ...(deleted ? { deletionTimestamp: hours(0) } : {}) },
    spec: { forks: forks.map((name) => ({ service: name })), observe },
  }) as unknown as SandboxResource;

const wanted = (list: EnrolmentList, services: readonly Service[], deployments: readonly Deployment[] = []) =>
  [...wantedServices({ list, services, deployments, sandboxes: [] })].toSorted();

describe('the Services that are enrolled', () => {
  const both = [service('a', 'x'), service('b', 'x'), service('c')];

  test('are those that are listed, and each other one of the same workload', () => {
    expect(wanted({ a: entry() }, both, [deployment('x'), deployment('c')])).toEqual(['a', 'b']);
  });

  test('are not found by way of a fork', () => {
    expect(wanted({ a: entry() }, both, [deployment('x', { [labels.sandbox]: 's' })])).toEqual(['a']);
  });

  test('are all of the namespace that can be, where the whole is listed', () => {
    const headless = service('h', 'h', { clusterIP: 'None' });
    expect(wanted({ _all: entry() }, [...both, headless])).toEqual(['a', 'b', 'c']);
  });

  test('hold one that is listed by name and cannot be, so that its refusal is told', () => {
    expect(wanted({ h: entry() }, [service('h', 'h', { clusterIP: 'None' })])).toEqual(['h']);
  });

  test('leave out what was released by hand, or stopped', () => {
    const stopped = { manager: 'm', message: 'm', next: 'n' };
    const list = { _all: entry(), a: entry({ released: true }), b: entry({ stopped }) };
    expect(wanted(list, both, [deployment('x')])).toEqual(['c']);
  });

  test('are never Services of ours', () => {
    const shadow = {
      ...service('a-seatrial'),
      metadata: { name: 'a-seatrial', labels: { [labels.role]: 'shadow' } },
    };
    expect(wanted({ _all: entry() }, [service('a'), shadow])).toEqual(['a']);
  });
});

describe('the list', () => {
  const changes = (list: EnrolmentList, sandboxes: readonly SandboxResource[] = []) =>
    listChanges({ list, sandboxes }, now);

  test('takes on what a sandbox forks or observes, and nothing of one that ends', () => {
    expect(Object.keys(changes({}, [sandbox(['a'], ['b']), sandbox(['z'], [], true)]))).toEqual(['a', 'b']);
  });

  test('notes that an entry is used, at most once an hour', () => {
    expect(changes({ a: entry({ lastUsed: hours(0.5) }) }, [sandbox(['a'])])).toEqual({});
    expect(changes({ a: entry({ lastUsed: hours(2) }) }, [sandbox(['a'])]).a?.lastUsed).toBe(hours(0));
  });

  test('forgets what only sandboxes asked for, a day after the last one; never what a user asked for', () => {
    const old = { lastUsed: hours(25) };
    expect(changes({ a: entry(old), b: entry({ ...old, by: 'user' }), c: entry() })).toEqual({ a: null });
  });

  test('keeps the mark of a release by hand', () => {
    expect(changes({ a: entry({ lastUsed: hours(25), released: true }) })).toEqual({});
  });
});

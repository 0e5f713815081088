import { describe, expect, test } from 'vitest';
import { expiryOf, leaseOf } from '../../../src/operator/controller/lease.ts';
import { nextStatus } from '../../../src/operator/controller/status.ts';
import { decideWrite } from '../../../src/operator/controller/status-write.ts';
import type { ResourceLease, SandboxResource } from '../../../src/sandbox/resource.ts';
import { sandbox } from '../router/objects.ts';

const at = (clock: string) => Date.parse(`2026-11-22T${clock}Z`);
const base = sandbox('pr-1', 'k'.repeat(20), ['pricing']);

/** A Sandbox of 20:00 whose controller looks at it now and then, and writes what it saw. */
function living(first: Partial<ResourceLease> = {}) {
  let resource: SandboxResource = {
    ...base,
    metadata: { ...base.metadata, creationTimestamp: '2026-11-22T20:00:00Z' },
    spec: { ...base.spec, lease: { durationSeconds: 600, maxSeconds: 3600, ...first } },
  };
  return {
    renew: (change: Partial<ResourceLease>) => {
      resource = { ...resource, spec: { ...resource.spec, lease: { ...resource.spec.lease, ...change } } };
    },
    /** The end of the lease as it is seen at a time of the cluster's clock. */
    look: (clock: string) => {
      const { expiry, seen } = leaseOf(resource, at(clock));
      resource = { ...resource, status: { ...resource.status, lease: seen } };
      return new Date(expiry).toISOString().slice(11, 19);
    },
    /** A look whose status nobody keeps. */
    peek: (clock: string) => new Date(expiryOf(resource, at(clock))).toISOString().slice(11, 19),
  };
}

describe('a lease', () => {
  test('ends after its length, renewed or not, and at its longest in any case', () => {
    const { renew, look } = living();
    expect(look('20:00:01')).toBe('20:10:00');
    expect(look('20:04:00')).toBe('20:10:00');
    renew({ renewTime: '2026-11-22T20:05:00.000000Z' });
    expect(look('20:05:00')).toBe('20:15:00');
    expect(look('20:09:00')).toBe('20:15:00');
    renew({ renewTime: '2026-11-22T20:14:00.000000Z', durationSeconds: 3600 });
    expect(look('20:14:00')).toBe('21:00:00');
  });

  test.each([
    ['an hour slow', '19'],
    ['an hour fast', '21'],
    ['a day fast, whatever it says of the day', '20'],
  ])('is renewed by a client whose clock is %s as by any other', (_, hour) => {
    const { renew, look } = living({ renewTime: `2026-11-22T${hour}:00:00.000Z` });
    expect(look('20:00:02') <= '20:10:02').toBe(true);
    expect(look('20:04:00') >= '20:10:00').toBe(true);
    for (const minute of ['05', '10', '15', '20']) {
      renew({ renewTime: `2026-11-22T${hour}:${minute}:00.000Z` });
      expect(look(`20:${minute}:00`)).toBe(`20:${Number(minute) + 10}:00`);
    }
    // Nobody renews any more.
    expect(look('20:29:59')).toBe('20:30:00');
  });

  test('that was renewed while nobody looked counts from when it is seen, and not again from the next look', () => {
    const { renew, look, peek } = living();
    look('20:00:01');
    renew({ renewTime: '2026-11-22T19:05:00Z' });
    expect(peek('20:12:00')).toBe('20:22:00');
    expect(look('20:12:00')).toBe('20:22:00');
    expect(look('20:20:00')).toBe('20:22:00');
  });

  test('whose length alone is changed counts from the renewal of before', () => {
    const { renew, look } = living();
    look('20:00:01');
    renew({ durationSeconds: 60 });
    expect(look('20:00:30')).toBe('20:01:00');
  });

  test('of a Sandbox that has no such status yet: not before it was made, not after now', () => {
    expect(living({ renewTime: '2026-11-22T19:00:00Z' }).look('20:02:00')).toBe('20:10:00');
    expect(living({ renewTime: '2026-11-22T20:01:00Z' }).look('20:02:00')).toBe('20:11:00');
    expect(living({ renewTime: '2026-11-22T23:00:00Z' }).look('20:02:00')).toBe('20:12:00');
  });

  test('that is renewed is written at once: what is not kept would count anew with each look', () => {
    const facts = {
      resource: { ...base, metadata: { ...base.metadata, creationTimestamp: '2026-11-22T20:00:00Z' } },
      routingKey: 'k'.repeat(20),
      forks: [],
      enrolment: { kind: 'enrolled' },
      routersReady: 2,
    } as const;
    const before = nextStatus({ ...facts, nowEpochMs: at('20:01:00') }).status;
    const lease = { ...base.spec.lease, renewTime: '2026-11-22T01:00:00Z', maxSeconds: 600 };
    const resource = { ...facts.resource, status: before, spec: { ...base.spec, lease } };
    const next = nextStatus({ ...facts, resource, nowEpochMs: at('20:02:00') }).status;
    expect(next.lease).toEqual({ renewTime: lease.renewTime, renewedAt: '2026-11-22T20:02:00.000Z' });
    expect(decideWrite(before, next, 0)).toEqual({ kind: 'now' });
  });
});

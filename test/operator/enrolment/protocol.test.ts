import { expect, test } from 'vitest';
import { shadowName } from '../../../src/operator/enrolment/names.ts';
import { protocolOf } from '../../../src/operator/enrolment/protocol.ts';
import { assignRoutes } from '../../../src/operator/enrolment/routes.ts';

test.each([
  [{ port: 80 }, 'http'],
  [{ port: 5432 }, 'tcp'],
  [{ port: 80, targetPort: 6379 }, 'tcp'],
  [{ port: 5432, name: 'http-odd' }, 'http'],
  [{ port: 80, name: 'tcp-x' }, 'tcp'],
  [{ port: 80, name: 'tcp-x', appProtocol: 'kubernetes.io/h2c' }, 'http'],
  [{ port: 9000, appProtocol: 'grpc' }, 'http'],
  [{ port: 9000, name: 'webhooks' }, 'http'],
] as const)('reads %o as %s', (port, protocol) => {
  expect(protocolOf(port)).toBe(protocol);
});

test('gives each port the router port it had, else the lowest free one', () => {
  const held = [{ port: 80, routerPort: 20_005, protocol: 'http' } as const];
  expect(assignRoutes([{ port: 80 }, { port: 81 }, { port: 5432 }], held, new Set([20_000]))).toEqual([
    { port: 80, routerPort: 20_005, protocol: 'http' },
    { port: 81, routerPort: 20_001, protocol: 'http' },
    { port: 5432, routerPort: 21_000, protocol: 'tcp' },
  ]);
});

test('gives nothing where the range is used up', () => {
  const all = new Set(Array.from({ length: 1000 }, (_, index) => 20_000 + index));
  expect(assignRoutes([{ port: 80 }], [], all)).toBeNull();
});

test('names a shadow in 63 letters, and differently for different Services', () => {
  expect(shadowName('pricing')).toBe('pricing-seatrial');
  const [a, b] = [shadowName(`${'x'.repeat(60)}a`), shadowName(`${'x'.repeat(60)}b`)];
  expect(a).not.toBe(b);
  expect(a.length).toBeLessThanOrEqual(63);
});

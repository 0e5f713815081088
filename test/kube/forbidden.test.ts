import { describe, expect, test, vi } from 'vitest';
import { KubeError } from '../../src/kube/api.ts';
import { missingRight, Refusals, rightText } from '../../src/kube/forbidden.ts';

const refused = (message: string) => new KubeError(403, 'Forbidden', `patch x: ${message}`);
const textOf = (message: string) => {
  const right = missingRight(refused(message));
  return right === null ? null : rightText(right);
};
const user = 'User "system:serviceaccount:seatrial-system:seatrial-controller"';

describe('a missing right', () => {
  test.each([
    [
      `pods is forbidden: ${user} cannot list resource "pods" in API group "" in the namespace "shop"`,
      'list pods in namespace shop',
    ],
    [
      `deployments.apps "a" is forbidden: ${user} cannot patch resource "deployments" in API group "apps" in the namespace "shop"`,
      'patch deployments.apps in namespace shop',
    ],
    [
      `pods "a" is forbidden: ${user} cannot get resource "pods/log" in API group "" in the namespace "shop"`,
      'get pods/log in namespace shop',
    ],
    [
      `sandboxes.seatrial.dev "a" is forbidden: ${user} cannot patch resource "sandboxes/status" in API group "seatrial.dev" in the namespace "shop"`,
      'patch sandboxes.seatrial.dev/status in namespace shop',
    ],
    [
      `namespaces "shop" is forbidden: ${user} cannot get resource "namespaces" in API group "" at the cluster scope`,
      'get namespaces in the cluster',
    ],
    [
      'rolebindings.rbac.authorization.k8s.io "seatrial-router" is forbidden: user "system:serviceaccount:a:b" (groups=["x"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
      'bind clusterroles.rbac.authorization.k8s.io in the cluster',
    ],
  ])('is read from %j', (message, text) => {
    expect(textOf(message)).toBe(text);
  });

  test('is not seen in other refusals', () => {
    expect(textOf('exceeded quota: tight, requested: pods=1')).toBeNull();
    expect(textOf('admission webhook "x.example" denied the request: no')).toBeNull();
    expect(missingRight(new KubeError(404, 'NotFound', 'gone'))).toBeNull();
    expect(missingRight(new Error('cannot list resource'))).toBeNull();
  });
});

test('what followers are refused counts for their namespace, or for all, until it is heard no more', () => {
  vi.useFakeTimers();
  try {
    const refusals = new Refusals();
    const error = refused(`${user} cannot list resource "pods" in API group "" in the namespace "shop"`);
    refusals.note('shop', error);
    refusals.note('other', new KubeError(0, 'Unreachable', 'away'));
    expect([refusals.of('shop'), refusals.of('other')]).toEqual([error, null]);
    refusals.note(null, error);
    expect(refusals.of('other')).toBe(error);
    vi.advanceTimersByTime(1_100);
    expect([refusals.of('shop'), refusals.of('other')]).toEqual([null, null]);
    for (const pauseMs of [0, 900, 1_900, 3_900]) {
      vi.advanceTimersByTime(pauseMs);
      refusals.note('shop', error);
    }
    vi.advanceTimersByTime(7_900);
    expect(refusals.of('shop')).toBe(error);
    vi.advanceTimersByTime(200);
    expect(refusals.of('shop')).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

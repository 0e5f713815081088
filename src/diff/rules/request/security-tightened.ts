import type { Operation } from '../../contract/request/operation.ts';
import type { RequestRule } from './rule.ts';

export const securityTightened: RequestRule = {
  id: 'security-tightened',
  severity: 'breaking',
  means:
    'A way to prove who one is, or to be nobody, is not enough any more: a scheme or a scope more is asked for.',
  effect: 'A client that proves itself as today is refused with 401 or 403.',
  example: {
    before: { security: [{ key: [] }, { login: ['read'] }] },
    after: { security: [{ login: ['read'] }] },
    place: 'request:security',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) => {
    if (after === null) return [];
    const ways = alternatives(before);
    const left = alternatives(after);
    const shut = ways.filter((way) => !left.some((other) => asksNoMore(other, way)));
    return shut.length === 0
      ? []
      : [{ place: 'request:security', before: before.security, after: after.security }];
  },
};

type Way = Operation['security'][number];

function alternatives({ security }: Operation): readonly Way[] {
  return security.length === 0 ? [{}] : security;
}

function asksNoMore(way: Way, than: Way): boolean {
  return Object.entries(way).every(([scheme, scopes]) => {
    const given = Object.hasOwn(than, scheme) ? than[scheme] : undefined;
    return given !== undefined && scopes.every((scope) => given.includes(scope));
  });
}

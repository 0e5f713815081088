import { type Base, type Kind, mediaTypes } from '../base.ts';
import type { Random } from '../random.ts';
import type { Tree } from '../tree.ts';
import { Names, sentence } from '../words.ts';
import { commerce } from './commerce.ts';
import { documents } from './documents.ts';
import { platform } from './platform.ts';

export const kinds: readonly Kind[] = [...commerce, ...platform, ...documents];

/** One endpoint of one service: names, depth, sizes and values are drawn. */
export function makeBase(kind: Kind, random: Random): { readonly base: Base; readonly names: Names } {
  const names = new Names(random);
  const made = kind.make(random.fork(kind.kind), names);
  const form = made.form ?? 'json';
  const own = made.headers ?? [];
  const type = mediaTypes[form];
  const headers: (readonly [string, Tree])[] = [
    ...(type === null || own.some(([name]) => name === 'content-type')
      ? []
      : [['content-type', type] as const]),
    ...own,
    ...extraHeaders(random),
  ];
  const body = form === 'json' ? wrapped(made.body, random, names) : made.body;
  return {
    base: {
      kind: kind.kind,
      method: made.method ?? 'GET',
      path: made.path ?? '/',
      status: made.status ?? 200,
      headers,
      form,
      body,
    },
    names,
  };
}

function extraHeaders(random: Random): (readonly [string, Tree])[] {
  const all: readonly (readonly [string, string])[] = [
    ['cache-control', random.pick(['no-store', 'private, max-age=60', 'public, max-age=3600'])],
    ['vary', random.pick(['accept', 'accept-encoding, origin'])],
    ['access-control-allow-origin', random.pick(['*', 'https://shop.example.com'])],
    ['x-content-type-options', 'nosniff'],
    ['content-language', random.pick(['de', 'en'])],
    ['link', `</page/${random.int(2, 9)}>; rel="next"`],
    ['strict-transport-security', 'max-age=31536000'],
    ['set-cookie', `theme=${random.pick(['dark', 'light'])}; Path=/; Secure; HttpOnly; SameSite=Lax`],
    ['x-api-version', `${random.int(2, 5)}`],
  ];
  return random.sample(all, random.int(0, 5));
}

/** Some services put all they say into an envelope. */
function wrapped(body: Tree, random: Random, names: Names): Tree {
  const draw = random.fork('envelope');
  if (!draw.chance(0.3)) return body;
  const inner = draw.chance(0.3) ? { [names.of('payload|content')]: body } : body;
  return {
    [names.of('data|result|response')]: inner,
    ...(draw.chance(0.6) ? { [names.of('ok|success')]: true } : {}),
    ...(draw.chance(0.5)
      ? {
          [names.of('meta|info')]: {
            [names.of('api version|revision')]: draw.int(2, 30),
            [names.of('hint|notice')]: sentence(draw),
          },
        }
      : {}),
  };
}

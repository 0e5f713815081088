import type { Random } from '../random.ts';
import { uuid } from '../words.ts';
import { headerNoise, type NoiseOperator, newField } from './noise.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function ulid(at: number, random: Random): string {
  let time = '';
  for (let rest = at, left = 10; left > 0; left -= 1, rest = Math.floor(rest / 32))
    time = crockford[rest % 32] + time;
  return time + random.text(crockford, 16);
}

/** Ids, tokens and what is derived from them. Each answer has its own. */
export const idNoise: readonly NoiseOperator[] = [
  newField('uuid-v4', 'trace id|event id|operation', ({ random }) => uuid(random)),
  newField('uuid-v7', 'entry id|audit id', ({ random, at }) => {
    const time = at.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
  }),
  newField('ulid', 'job|ticket|batch', ({ random, at }) => ulid(at, random)),
  newField('nanoid', 'share key|public key id|handle id', ({ random }) =>
    random.text('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-', 21),
  ),
  newField('short-id', 'code word|pick up code|slot', ({ random }) =>
    random.text('abcdefghijklmnopqrstuvwxyz0123456789', 7),
  ),
  newField(
    'object-id',
    'mongo id|record id',
    ({ random, at }) => Math.floor(at / 1000).toString(16) + random.hex(16),
  ),
  newField('digest', 'checksum|fingerprint', ({ random }) => random.hex(64)),
  newField('jwt', 'ticket token|upload grant|signed state', ({ random, at }) =>
    [
      base64url({ alg: 'HS256', typ: 'JWT' }),
      base64url({ sub: random.digits(6), iat: Math.floor(at / 1000) }),
      random.word(43),
    ].join('.'),
  ),
  newField('cursor', 'next cursor|continuation|bookmark', ({ random, at }) =>
    Buffer.from(`${at}:${random.digits(7)}`).toString('base64'),
  ),
  newField('signed-url', 'download url|preview link', ({ random, at }) => {
    return `https://store.example.com/o/report.pdf?X-Amz-Date=${at}&X-Amz-Expires=900&X-Amz-Signature=${random.hex(64)}`;
  }),
  newField('blob', 'opaque state|view state', ({ random }) => random.word(random.int(20, 60))),
  newField('numeric-string', 'sequence no|receipt no', ({ random }) => random.digits(8)),
  newField(
    'snowflake',
    'snowflake|event number',
    ({ random, at }) => `${at - 1420070400000}${random.digits(7)}`,
  ),
  headerNoise('etag', 'etag', ({ random }) => `"${random.hex(32)}"`),
  headerNoise('request-id', 'x-request-id', ({ random }) => uuid(random)),
  headerNoise('traceparent', 'traceparent', ({ random }) => `00-${random.hex(32)}-${random.hex(16)}-01`),
  headerNoise(
    'session-cookie',
    'set-cookie',
    ({ random }) => `sid=${random.word(26)}; Path=/; HttpOnly; Secure`,
  ),
  {
    name: 'id-in-several-places',
    apply: (base, random, names, room) => {
      const words = random.pick(['session', 'draft', 'reservation']);
      const draw = ({ shared, random: own }: { shared: Map<string, unknown>; random: Random }): string => {
        const id = shared.get(words) ?? uuid(own);
        shared.set(words, id);
        return String(id);
      };
      const one = newField('id', `${words} id|${words} key`, draw).apply(base, random, names, room);
      const two =
        one &&
        newField('link', `${words} url|${words} link`, (moment) => `/${words}s/${draw(moment)}`).apply(
          one,
          random,
          names,
          room,
        );
      return (
        two &&
        (headerNoise('header', 'content-location', (moment) => `/${words}s/${draw(moment)}`).apply(
          two,
          random,
          names,
          room,
        ) ??
          two)
      );
    },
  },
];

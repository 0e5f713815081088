import type { Random } from '../random.ts';
import { isRecord, type Json, Keyed } from '../tree.ts';
import { topics, uuid } from '../words.ts';
import { listNoise, type NoiseOperator, newField } from './noise.ts';

/** Lists and maps that come in another order, grow, or have other keys. */
export const listNoises: readonly NoiseOperator[] = [
  listNoise(
    'unstable-order-records',
    (inner) => Array.isArray(inner) && inner.length >= 2 && inner.every(isRecord),
    (value, { random }) => (Array.isArray(value) ? random.shuffle(value) : value),
  ),
  listNoise(
    'unstable-order-scalars',
    (inner) => Array.isArray(inner) && inner.length >= 2 && inner.every((item) => typeof item === 'string'),
    (value, { random }) => (Array.isArray(value) ? random.shuffle(value) : value),
  ),
  listNoise(
    'swapped-neighbours',
    (inner) => Array.isArray(inner) && inner.length >= 2 && inner.every(isRecord),
    (value, { random }) => {
      if (!Array.isArray(value) || random.chance(0.5)) return value;
      const [one = null, other = null, ...rest] = value;
      return [other, one, ...rest];
    },
  ),
  listNoise(
    'growing-list',
    (inner) => Array.isArray(inner) && inner.length >= 2 && inner.every(isRecord),
    (value, { served, random }) => {
      if (!Array.isArray(value)) return value;
      const added = Array.from({ length: 1 + (served % 5) }, (_, at) =>
        another(value[at % value.length] ?? null, random),
      );
      return [...value, ...added];
    },
  ),
  listNoise(
    'window-of-list',
    (inner) => Array.isArray(inner) && inner.length >= 4 && inner.every(isRecord),
    (value, { random }) => (Array.isArray(value) ? value.slice(0, value.length - random.int(0, 2)) : value),
  ),
  listNoise(
    'dynamic-map-keys',
    (inner) => inner instanceof Keyed,
    (value, { random }) =>
      isRecord(value)
        ? (Object.fromEntries(Object.values(value).map((member) => [uuid(random), member])) as Json)
        : value,
  ),
  newField('map-made-anew', 'locks|leases|open handles', ({ random }) =>
    Object.fromEntries(
      Array.from({ length: random.int(3, 5) }, () => [
        random.hex(24),
        { held: random.chance(0.5), weight: random.int(1, 9) },
      ]),
    ),
  ),
  newField('random-subset', 'recommended|related', ({ random }) => random.sample(topics, 3)),
  newField('random-records', 'also bought|peers', ({ random }) =>
    random.sample(topics, random.int(2, 4)).map((topic) => ({ topic, rank: random.int(1, 99) })),
  ),
  newField('growing-log', 'recent events|log lines', ({ served, random }) =>
    Array.from({ length: 2 + (served % 6) }, (_, at) => `${1000 + at} ${random.pick(topics)}`),
  ),
];

function another(item: Json, random: Random): Json {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  return Object.fromEntries(
    Object.entries(item).map(([key, value], at) => [
      key,
      at === 0 && typeof value === 'string'
        ? `${value}-${random.hex(6)}`
        : at === 0 && typeof value === 'number'
          ? value + random.int(100000, 900000)
          : value,
    ]),
  );
}

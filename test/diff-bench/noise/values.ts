import { cities, firstNames, topics } from '../words.ts';
import { headerNoise, isPlain, type NoiseOperator, newField, valueNoise } from './noise.ts';

const greetings: Readonly<Record<string, string>> = {
  de: 'Willkommen zurück',
  en: 'Welcome back',
  pl: 'Witamy ponownie',
  fr: 'Bon retour',
};

/** Numbers, flags and words that come out differently. */
export const valueNoises: readonly NoiseOperator[] = [
  newField('jitter-digits', 'load|queue depth|viewers', ({ random }) => random.int(90, 110)),
  newField('jitter-float', 'temperature|utilisation', ({ random }) => random.int(100, 9999) / 100),
  newField('jitter-around-zero', 'drift|skew', ({ random }) => random.int(-5, 5)),
  newField('wide-number', 'free bytes|heap used', ({ random }) => Math.floor(10 ** (random.unit() * 6 + 2))),
  newField('elapsed', 'elapsed ms|duration ms', ({ random }) => random.int(1, 900)),
  newField('counter', 'hits|served|page views', ({ served }) => served),
  newField('counter-large', 'total requests|version counter', ({ served }) => 48210 + served * 3),
  newField('coin', 'from cache|sampled|promoted', ({ random }) => random.chance(0.5)),
  newField('loaded-coin', 'experiment|beta|canary group', ({ random }) => random.chance(0.75)),
  newField('coin-word', 'node state|tier hint', ({ random }) => random.pick(['idle', 'busy'])),
  newField('word-of-few', 'variant|bucket|colour hint', ({ random }) => random.pick(['a', 'b', 'c', 'd'])),
  newField('host-name', 'host|served by|pod', ({ host }) => host),
  newField(
    'host-address',
    'upstream|peer',
    ({ random }) =>
      `10.${random.int(0, 9)}.${random.int(0, 255)}.${random.int(1, 254)}:${random.int(30000, 60000)}`,
  ),
  newField('locale', 'greeting|salutation', ({ random }) => greetings[random.pick(['de', 'en', 'pl', 'fr'])]),
  newField('locale-number', 'shown price|pretty total', ({ random }) =>
    random.pick(['1.234,50 €', '€1,234.50', '1 234,50 EUR']),
  ),
  newField(
    'tip',
    'tip|did you know',
    ({ random }) => `${random.pick(firstNames)} from ${random.pick(cities)} likes ${random.pick(topics)}`,
  ),
  newField('nullable', 'assigned to|reviewer', ({ random }) =>
    random.chance(0.5) ? null : random.pick(firstNames),
  ),
  newField('optional', 'promotion|hint of the day', ({ random }) =>
    random.chance(0.5) ? undefined : 'Free returns this week',
  ),
  newField('optional-often', 'banner|announcement', ({ random }) =>
    random.chance(0.85) ? 'Maintenance on Sunday' : undefined,
  ),
  newField('optional-object', 'debug hint|advice', ({ random }) =>
    random.chance(0.6) ? { level: random.int(1, 3), text: random.pick(topics) } : undefined,
  ),
  newField('empty-or-not', 'flash|last message', ({ random }) => (random.chance(0.5) ? '' : 'Saved')),
  valueNoise(
    'value-jitter',
    (value) => typeof value === 'number' && Number.isInteger(value) && value > 20 && value < 100000,
    (value, { random }) => (typeof value === 'number' ? value + random.int(-5, 5) : value),
  ),
  valueNoise(
    'field-optional',
    (value) => isPlain(value) && value !== null,
    (value, { random }) => (random.chance(0.5) ? value : undefined),
    'presence',
  ),
  valueNoise(
    'field-nullable',
    (value) => typeof value === 'string',
    (value, { random }) => (random.chance(0.5) ? value : null),
    'presence',
  ),
  headerNoise('cache-marker', 'x-cache', ({ random }) => (random.chance(0.5) ? 'HIT' : 'MISS')),
  headerNoise('age', 'age', ({ random }) => String(random.int(0, 120))),
  headerNoise('rate-limit', 'x-ratelimit-remaining', ({ served }) => String(5000 - served)),
  headerNoise('served-by', 'x-served-by', ({ host }) => host),
  headerNoise('via-sometimes', 'via', ({ random }) => (random.chance(0.5) ? '1.1 edge' : undefined)),
  headerNoise('response-time', 'x-response-time', ({ random }) => `${random.int(2, 300)}ms`),
];

import type { Random } from '../random.ts';
import { type Json, type Tree, Vary } from '../tree.ts';
import {
  bodyRegression,
  both,
  field,
  itemRegression,
  leaf,
  mapped,
  type RegressionOperator,
  type Spec,
  someLeaf,
} from './regression.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isCount = (value: unknown): boolean =>
  isNumber(value) && Number.isInteger(value) && value > 1 && value < 1e6;

/** A value that all answers agree on is another one. Every value that fits must come out differently. */
function other(
  name: string,
  fits: (value: Json) => boolean,
  make: (value: Json) => Json,
  more: Partial<Spec> = {},
): RegressionOperator {
  return bodyRegression(name, 'value', {
    rules: ['value-changed'],
    texts: true,
    fits: leaf((value) => fits(value) && JSON.stringify(make(value)) !== JSON.stringify(value)),
    edit: mapped((value) => (fits(value) ? make(value) : value)),
    ...more,
  });
}

const number =
  (make: (value: number) => number) =>
  (value: Json): Json =>
    isNumber(value) ? make(value) : value;
const text =
  (make: (value: string) => Json) =>
  (value: Json): Json =>
    isText(value) ? make(value) : value;

const isWords = (value: unknown): boolean => isText(value) && /[a-z]{3,} [a-z]/i.test(value);
const isTime = (value: unknown): boolean => isText(value) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
const isDecimal = (value: unknown): boolean => isNumber(value) && !Number.isInteger(value);

function later(milliseconds: number): (value: string) => string {
  return (value) => {
    const moved = new Date(Date.parse(value) + milliseconds).toISOString();
    return /\.\d/.test(value) ? moved : moved.replace('.000', '');
  };
}

const anyChange = { rules: ['value-changed', 'format-changed', 'type-changed'] } as const;

/** Values that are wrong in all answers, and fields that only come sometimes. */
export const values: readonly RegressionOperator[] = [
  other(
    'boolean-flipped',
    (value) => typeof value === 'boolean',
    (value) => value !== true,
  ),
  other(
    'off-by-one',
    isCount,
    number((value) => value + 1),
  ),
  other('rounded-to-whole', isDecimal, number(Math.round)),
  other(
    'rounded-to-tenths',
    isDecimal,
    number((value) => Math.round(value * 10) / 10),
  ),
  other(
    'sign-lost',
    (value) => isNumber(value) && value !== 0,
    number((value) => -value),
  ),
  other(
    'unit-cents',
    (value) => isNumber(value) && value !== 0,
    number((value) => Math.round(value * 100)),
  ),
  other(
    'unit-thousand',
    isCount,
    number((value) => value * 1000),
  ),
  other(
    'zero-instead',
    (value) => isNumber(value) && value !== 0,
    () => 0,
  ),
  other(
    'tax-forgotten',
    isDecimal,
    number((value) => Math.round((value / 1.19) * 100) / 100),
  ),
  other(
    'big-integer-imprecise',
    (value) => isNumber(value) && value > 9e15,
    number((value) => value + (value % 2 === 0 ? 2 : 1)),
  ),
  other(
    'enum-case',
    (value) => isText(value) && /^[a-z]{4,12}$/.test(value),
    text((value) => value.toUpperCase()),
  ),
  other(
    'text-truncated',
    (value) => isText(value) && isWords(value) && value.length > 12,
    text((value) => value.slice(0, 10)),
  ),
  other(
    'encoding-broken',
    (value) => isText(value) && /[^ -~]/.test(value),
    text((value) => Buffer.from(value, 'utf8').toString('latin1')),
    {
      fits: someLeaf((value) => isText(value) && /[^ -~]/.test(value)),
    },
  ),
  other(
    'html-escaped',
    (value) => isText(value) && /[&<>]/.test(value) && !value.startsWith('http'),
    text((value) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
    {
      fits: someLeaf((value) => isText(value) && /[&<>]/.test(value) && !value.startsWith('http')),
    },
  ),
  other(
    'accents-lost',
    (value) => isText(value) && value.normalize('NFD').replace(/\p{M}/gu, '') !== value,
    text((value) => value.normalize('NFD').replace(/\p{M}/gu, '')),
    {
      fits: someLeaf((value) => isText(value) && value.normalize('NFD').replace(/\p{M}/gu, '') !== value),
    },
  ),
  other(
    'empty-text',
    (value) => isText(value) && value.length > 2,
    () => '',
    { rules: ['value-changed', 'format-changed'] },
  ),
  other(
    'placeholder-text',
    (value) => isText(value) && value.length > 2,
    () => 'undefined',
    { rules: ['value-changed', 'format-changed'] },
  ),
  other('time-zone-shift', isTime, text(later(7200000))),
  other('time-day-off', isTime, text(later(86400000))),
  other(
    'time-year-off',
    isTime,
    text((value) => `${Number(value.slice(0, 4)) + 1}${value.slice(4)}`),
    { rules: ['value-changed', 'format-changed'] },
  ),
  other(
    'date-off-by-one',
    (value) => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value),
    text((value) => later(86400000)(`${value}T00:00:00Z`).slice(0, 10)),
  ),
  other(
    'decimal-comma',
    (value) => isText(value) && /^\d+\.\d+$/.test(value),
    text((value) => value.replace('.', ',')),
    anyChange,
  ),
  other(
    'leading-zero-lost',
    (value) => isText(value) && /^\d{5,}$/.test(value),
    text((value) => String(Number(value.slice(1)))),
    anyChange,
  ),
  other(
    'url-to-http',
    (value) => isText(value) && value.startsWith('https://'),
    text((value) => value.replace('https:', 'http:')),
  ),
  other(
    'url-host-changed',
    (value) => isText(value) && value.startsWith('https://'),
    text((value) => value.replace(/^https:\/\/[^/]+/, 'https://localhost:8080')),
  ),
  other(
    'url-path-changed',
    (value) => isText(value) && /^(?:https:\/|\/)/.test(value),
    text((value) => value.replace(/\/[^/?]*(\?|$)/, '/v2$1')),
  ),
  other(
    'null-filled',
    (value) => value === null,
    () => 'n/a',
    { rules: ['value-changed', 'type-changed'] },
  ),
  other(
    'json-text-value',
    (value) => isText(value) && value.startsWith('{'),
    text((value) => value.replace('true', 'false')),
  ),
  other(
    'id-of-another',
    (value) => isText(value) && /^[a-z]+-\d+|^\d{4,}$|^[A-Z]+-\d+/.test(value),
    text((value) => value.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 3) % 10))),
  ),
  other(
    'default-changed',
    (value) => isNumber(value) && [10, 20, 30, 50, 3600].includes(value),
    number((value) => value * 2),
  ),
  itemRegression('enum-widened-in-one-item', 'value', {
    rules: ['value-changed'],
    fits: (value) => isText(value) && /^[a-z]{3,10}$/.test(value),
    edit: (value) => `${String(value)}_v2`,
  }),
  itemRegression('number-off-in-one-item', 'value', {
    rules: ['value-changed'],
    fits: (value) => isNumber(value) && value > 1,
    edit: (value) => Number(value) + 1,
  }),
  itemRegression('text-of-another-item', 'value', {
    rules: ['value-changed'],
    fits: (value) => isText(value) && isWords(value),
    edit: () => 'Somebody else entirely',
  }),
  bodyRegression('optional-field-gone', 'value', {
    rules: ['removed-field'],
    fits: both(
      ({ path, trees, parents }) => path.at(-1) !== '*' && path.includes('*') && trees.length < parents,
      leaf((value) => value !== null),
    ),
    edit: () => undefined,
  }),
  itemRegression('field-gone-in-one-item', 'value', {
    rules: ['removed-field'],
    fits: (value) => value !== null,
    edit: () => undefined,
  }),
  bodyRegression('became-random-number', 'value', {
    rules: ['became-volatile', 'value-changed'],
    severities: ['suspicious', 'breaking'],
    fits: both(field, leaf(isNumber)),
    edit: (tree) => varying(tree, (random) => random.int(1, 1e6)),
  }),
  bodyRegression('became-random-id', 'value', {
    rules: ['became-volatile', 'value-changed', 'format-changed'],
    severities: ['suspicious', 'breaking'],
    fits: both(
      field,
      leaf((value) => isText(value) && value.length > 3),
    ),
    edit: (tree) => varying(tree, (random) => random.word(12)),
  }),
];

function varying(tree: Tree, draw: (random: Random) => Json): Tree {
  return new Vary(tree, 'regression', (_, { random }) => draw(random));
}

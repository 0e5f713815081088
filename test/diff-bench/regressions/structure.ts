import { bare, isRecord, type Tree } from '../tree.ts';
import {
  bodyRegression,
  both,
  field,
  itemRegression,
  leaf,
  mapped,
  type RegressionOperator,
  record,
  someLeaf,
} from './regression.ts';

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';

const typed = { rules: ['type-changed'], underNoise: true } as const;

/** Fields that go, and types that change: told from two answers a side. */
export const structure: readonly RegressionOperator[] = [
  bodyRegression('drop-field', 'structural', {
    rules: ['removed-field'],
    texts: true,
    underNoise: true,
    fits: both(
      field,
      leaf((value) => value !== null),
      ({ path }) => !path.includes('*'),
    ),
    edit: () => undefined,
  }),
  bodyRegression('drop-field-of-items', 'structural', {
    rules: ['removed-field'],
    texts: true,
    underNoise: true,
    fits: both(
      field,
      leaf((value) => value !== null),
      ({ path }) => path.includes('*'),
    ),
    edit: () => undefined,
  }),
  bodyRegression('drop-object', 'structural', {
    rules: ['removed-field'],
    underNoise: true,
    fits: both(field, record),
    edit: () => undefined,
  }),
  bodyRegression('drop-list', 'structural', {
    rules: ['removed-field'],
    underNoise: true,
    fits: both(field, ({ trees }) => trees.every((tree) => Array.isArray(bare(tree)))),
    edit: () => undefined,
  }),
  bodyRegression('nullify', 'structural', {
    rules: ['null-introduced'],
    underNoise: true,
    fits: both(
      field,
      leaf((value) => value !== null),
    ),
    edit: () => null,
  }),
  bodyRegression('nullify-object', 'structural', {
    rules: ['null-introduced'],
    underNoise: true,
    fits: both(field, record),
    edit: () => null,
  }),
  bodyRegression('number-to-string', 'structural', {
    ...typed,
    fits: leaf(isNumber),
    edit: mapped((value) => (isNumber(value) ? String(value) : value)),
  }),
  bodyRegression('string-to-number', 'structural', {
    ...typed,
    fits: leaf((value) => isText(value) && /^-?\d+(?:\.\d+)?$/.test(value)),
    edit: mapped((value) => (isText(value) && value !== '' ? Number(value) : value)),
  }),
  bodyRegression('boolean-to-string', 'structural', {
    ...typed,
    fits: leaf((value) => typeof value === 'boolean'),
    edit: mapped((value) => String(value)),
  }),
  bodyRegression('boolean-to-number', 'structural', {
    ...typed,
    fits: leaf((value) => typeof value === 'boolean'),
    edit: mapped((value) => (value === true ? 1 : 0)),
  }),
  bodyRegression('scalar-to-list', 'structural', {
    ...typed,
    fits: both(
      field,
      leaf((value) => value !== null),
    ),
    edit: mapped((value) => [value]),
  }),
  bodyRegression('object-to-list', 'structural', {
    ...typed,
    fits: both(field, record),
    edit: (tree) => [tree],
  }),
  bodyRegression('list-to-object', 'structural', {
    ...typed,
    fits: both(field, ({ trees }) =>
      trees.every((tree) => Array.isArray(bare(tree)) && (bare(tree) as Tree[]).length > 0),
    ),
    edit: mapped((value) => (Array.isArray(value) ? { items: value, count: value.length } : value)),
  }),
  bodyRegression('list-to-text', 'structural', {
    ...typed,
    fits: both(field, ({ trees }) =>
      trees.every(
        (tree) =>
          Array.isArray(bare(tree)) &&
          (bare(tree) as Tree[]).length > 0 &&
          (bare(tree) as Tree[]).every(isText),
      ),
    ),
    edit: mapped((value) => (Array.isArray(value) ? value.join(',') : value)),
  }),
  bodyRegression('object-to-id', 'structural', {
    ...typed,
    fits: both(field, record),
    edit: mapped((value) => `ref-${Object.keys(value ?? {}).length}`),
  }),
  bodyRegression('id-to-object', 'structural', {
    ...typed,
    fits: both(
      field,
      leaf((value) => isText(value) && value.length > 3),
    ),
    edit: mapped((value) => ({ value, kind: 'reference' })),
  }),
  bodyRegression('object-as-json-text', 'structural', {
    ...typed,
    fits: both(field, record),
    edit: mapped((value) => JSON.stringify(value)),
  }),
  bodyRegression('items-to-objects', 'structural', {
    ...typed,
    fits: ({ path, trees }) => path.at(-1) === '*' && trees.every(isText),
    edit: mapped((value) => ({ name: value })),
  }),
  bodyRegression('items-to-ids', 'structural', {
    ...typed,
    fits: ({ path, trees }) =>
      path.at(-1) === '*' && path.length > 1 && trees.every((tree) => isRecord(bare(tree))),
    edit: mapped((value) => JSON.stringify(value).length),
  }),
  bodyRegression('iso-time-to-epoch', 'structural', {
    ...typed,
    fits: leaf(isTime),
    edit: mapped((value) => (isText(value) ? Date.parse(value) / 1000 : value)),
  }),
  bodyRegression('iso-time-to-local-date', 'structural', {
    rules: ['format-changed'],
    fits: leaf(isTime),
    edit: mapped((value) =>
      isText(value)
        ? `${value.slice(8, 10)}.${value.slice(5, 7)}.${value.slice(0, 4)} ${value.slice(11, 16)}`
        : value,
    ),
  }),
  bodyRegression('time-loses-zone', 'structural', {
    rules: ['format-changed'],
    fits: leaf(isTime),
    edit: mapped((value) => (isText(value) ? value.replace('Z', '') : value)),
  }),
  bodyRegression('uuid-to-number', 'structural', {
    ...typed,
    fits: leaf((value) => isText(value) && /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(value)),
    edit: mapped((value) => (isText(value) ? Number.parseInt(value.slice(0, 8), 16) : value)),
  }),
  bodyRegression('uuid-to-slug', 'structural', {
    rules: ['format-changed'],
    fits: leaf((value) => isText(value) && /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(value)),
    edit: mapped((value) => (isText(value) ? `item-${value.slice(0, 6)}` : value)),
  }),
  bodyRegression('url-to-path', 'structural', {
    rules: ['format-changed'],
    fits: someLeaf((value) => isText(value) && value.startsWith('https://')),
    edit: mapped((value) => (isText(value) ? value.replace(/^https:\/\/[^/]+/, '') : value)),
  }),
  bodyRegression('email-masked', 'structural', {
    rules: ['format-changed'],
    fits: leaf((value) => isText(value) && /^[^@ ]+@[^@ ]+$/.test(value)),
    edit: mapped((value) => (isText(value) ? `${value[0]}***` : value)),
  }),
  bodyRegression('date-to-datetime', 'structural', {
    rules: ['format-changed'],
    fits: leaf((value) => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value)),
    edit: mapped((value) => (isText(value) ? `${value}T00:00:00Z` : value)),
  }),
  itemRegression('null-in-one-item', 'structural', {
    rules: ['null-introduced'],
    fits: (value) => value !== null,
    edit: () => null,
  }),
  itemRegression('type-in-one-item', 'structural', {
    rules: ['type-changed'],
    fits: (value) => isNumber(value) || typeof value === 'boolean',
    edit: (value) => String(value),
  }),
];

function isTime(value: unknown): boolean {
  return isText(value) && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value);
}

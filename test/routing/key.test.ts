import { expect, test } from 'vitest';
import type { Header } from '../../src/exchange.ts';
import { baselineKey, mintCorrelation, mintKey, parseKey, withKey } from '../../src/routing/key.ts';
import fc from '../support/property.ts';

const { array, assert, constantFrom, oneof, property, stringMatching, tuple } = fc;

const space = stringMatching(/^[ \t]{0,3}$/);
const key = stringMatching(/^[a-z0-9-]{20}$/);
const correlation = stringMatching(/^[a-z0-9]{8}$/);
/** Members of others: any token but ours, with values and properties of all that the grammar allows. */
const other = tuple(
  stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/).filter((name) => name !== 'seatrial'),
  space,
  stringMatching(/^[!#-+\--:<-[\]-~]{0,12}$/),
  stringMatching(/^(;[a-z]{1,4}(=[!-+\--:<-~]{0,6})?){0,2}$/),
).map(([name, gap, value, properties]) => `${name}${gap}=${gap}${value}${properties}`);
const others = array(other, { maxLength: 4 });
const anyName = constantFrom('baggage', 'Baggage', 'tracestate', 'x-seatrial-key', 'accept', 'X-Other');
const anyHeaders = array(
  tuple(
    anyName,
    oneof(
      stringMatching(/^[\t -~]{0,40}$/),
      others.map((members) => members.join(',')),
    ),
  ),
  { maxLength: 6 },
).map((headers) => headers.map(([name, value]): Header => [name, value]));

test('minted keys have the form of keys, never that of the reserved one, and do not repeat', () => {
  const keys = Array.from({ length: 2000 }, mintKey);
  expect(new Set(keys).size).toBe(2000);
  for (const one of keys) expect(one).toMatch(/^[a-z0-9]{20}$/);
  expect(baselineKey).toMatch(/^[a-z0-9-]{20}$/);
  expect(mintCorrelation()).toMatch(/^[a-z0-9]{8}$/);
});

test('what is put on is what is read, whatever was there before', () => {
  void assert(
    property(anyHeaders, key, correlation, (headers, ours, mine) => {
      expect(parseKey(withKey(headers, ours, mine))).toEqual({ key: ours, correlation: mine });
      expect(parseKey(withKey(headers, ours, null))).toEqual({ key: ours, correlation: null });
    }),
  );
});

test('putting a key on again replaces the first', () => {
  void assert(
    property(anyHeaders, key, key, correlation, (headers, first, second, mine) => {
      const once = withKey(headers, second, mine);
      expect(withKey(withKey(headers, first, mine), second, mine)).toEqual(once);
      expect(withKey(once, second, mine)).toEqual(once);
    }),
  );
});

test('members of others stay, in their order, behind ours', () => {
  void assert(
    property(others, others, key, correlation, (first, second, ours, mine) => {
      const headers: Header[] = [
        ['accept', '*/*'],
        ['Baggage', first.join(' , ')],
        ['baggage', second.join(',')],
      ];
      const lines = withKey(headers, ours, mine).filter(([name]) => name.toLowerCase() === 'baggage');
      const members = lines.flatMap(([, value]) => value.split(',')).map((one) => one.trim());
      expect(members).toEqual([`seatrial=${ours}.${mine}`, ...first.concat(second).map((one) => one.trim())]);
    }),
  );
});

test('our member is found between any others, in any line, with any white space and properties', () => {
  void assert(
    property(others, others, others, key, space, (line, before, after, ours, gap) => {
      const member = `${gap}seatrial${gap}=${gap}${ours}.abcd1234${gap};p=1`;
      const headers: Header[] = [
        ['baggage', line.join(',')],
        ['BAGGAGE', [...before, member, ...after].join(',')],
      ];
      expect(parseKey(headers)).toEqual({ key: ours, correlation: 'abcd1234' });
    }),
  );
});

test('no text whatsoever makes the parser throw, or yield what is no key', () => {
  void assert(
    property(anyHeaders, (headers) => {
      const found = parseKey(headers);
      if (found !== null) expect(found.key).toMatch(/^[a-z0-9-]{20}$/);
    }),
  );
});

test('headers of others keep place, case and value', () => {
  const headers: Header[] = [
    ['X-Seatrial-Key', 'bbbbbbbbbbbbbbbbbbbb'],
    ['Accept', '*/*'],
    ['tracestate', 'a=1 , seatrial=bbbbbbbbbbbbbbbbbbbb,b=2'],
    ['Tracestate', ' c=3 , d=4'],
    ['baGGage', 'seatrial=bbbbbbbbbbbbbbbbbbbb'],
    ['X-Last', '1'],
  ];
  expect(withKey(headers, 'aaaaaaaaaaaaaaaaaaaa', '12345678')).toEqual([
    ['Accept', '*/*'],
    ['tracestate', 'a=1,b=2'],
    ['Tracestate', ' c=3 , d=4'],
    ['baGGage', 'seatrial=aaaaaaaaaaaaaaaaaaaa.12345678'],
    ['X-Last', '1'],
  ]);
});

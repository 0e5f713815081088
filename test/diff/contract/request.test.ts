import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compareDocuments } from '../../../src/diff/contract/request/compare.ts';
import { requestRules } from '../../../src/diff/rules/request/table.ts';
import fc from '../../support/property.ts';

/** A document with one operation, `POST /carts/{id}`; null: with none. */
function document(operation: unknown, more: object = {}): unknown {
  const paths = operation === null ? {} : { '/carts/{id}': { post: operation } };
  return { openapi: '3.1.0', paths, ...more };
}

function told(before: unknown, after: unknown): string[] {
  const { findings } = compareDocuments('shop', document(before), document(after));
  return findings.map(({ rule, place }) => `${rule} ${place}`);
}

const query = (schema: object, more: object = {}) => ({
  parameters: [{ in: 'query', name: 'q', schema, ...more }],
});
const json = (schema: object, more: object = {}) => ({
  requestBody: { content: { 'application/json': { schema } }, ...more },
});

describe('each rule of requests', () => {
  for (const rule of requestRules) {
    it(`${rule.id} judges its example; its inverse is ${rule.inverse.gives}`, () => {
      const { before, after, place } = rule.example;
      const { findings } = compareDocuments('shop', document(before), document(after));
      expect(findings).toMatchObject([{ rule: rule.id, severity: rule.severity, place, confirmed: true }]);
      const back = compareDocuments('shop', document(after), document(before)).findings;
      expect(back.map((finding) => finding.rule)).toEqual(
        rule.inverse.gives === 'nothing' ? [] : [rule.inverse.gives],
      );
    });
  }

  it('has its own file and one entry in the table', () => {
    expect(new Set(requestRules.map(({ id }) => id)).size).toBe(requestRules.length);
    for (const { id } of requestRules)
      expect(
        readFileSync(new URL(`../../../src/diff/rules/request/${id}.ts`, import.meta.url), 'utf8'),
      ).toContain(`id: '${id}'`);
  });
});

describe('what must be sent', () => {
  it.each([
    ['a required parameter more', {}, query({}, { required: true }), ['request-required request:query.q']],
    ['an optional parameter more', {}, query({}), []],
    ['a body that was optional', json({}), json({}, { required: true }), ['request-required request:body']],
    ['a body where there was none', {}, json({}, { required: true }), ['request-required request:body']],
    [
      'a required field more',
      json({ properties: {} }),
      json({ required: ['a'], properties: { a: {} } }),
      ['request-required request:$.a'],
    ],
    [
      'a required field of an item',
      json({ properties: { items: { type: 'array', items: { properties: { sku: {} } } } } }),
      json({
        properties: { items: { type: 'array', items: { required: ['sku'], properties: { sku: {} } } } },
      }),
      ['request-required request:$.items[*].sku'],
    ],
    [
      'a required field of an optional object more',
      json({ properties: {} }),
      json({ properties: { gift: { required: ['to'], properties: { to: {} } } } }),
      [],
    ],
    [
      'a field that only answers have',
      json({ properties: {} }),
      json({ required: ['id'], properties: { id: { readOnly: true } } }),
      [],
    ],
    [
      'a field that all alternatives ask for',
      json({ properties: { a: {} } }),
      json({
        oneOf: [
          { required: ['a'], properties: { a: {} } },
          { required: ['a'], properties: { a: {} } },
        ],
      }),
      ['request-required request:$.a'],
    ],
    [
      'a field that one alternative asks for',
      json({ properties: { a: {} } }),
      json({ anyOf: [{ required: ['a'], properties: { a: {} } }, { properties: { a: {} } }] }),
      [],
    ],
    [
      'a field that a part asks for',
      json({ allOf: [{ properties: { a: {} } }] }),
      json({ allOf: [{ properties: { a: {} } }, { required: ['a'], properties: { a: {} } }] }),
      ['request-required request:$.a'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

describe('what may be sent', () => {
  it.each([
    [
      'a parameter that is text takes what an integer is',
      query({ type: 'integer' }),
      query({ type: 'string' }),
      [],
    ],
    [
      'a field does not',
      json({ properties: { n: { type: 'integer' } } }),
      json({ properties: { n: { type: 'string' } } }),
      ['request-type-narrowed request:$.n'],
    ],
    [
      'an integer is a number',
      json({ properties: { n: { type: 'integer' } } }),
      json({ properties: { n: { type: 'number' } } }),
      [],
    ],
    [
      'a number is no integer',
      json({ properties: { n: { type: 'number' } } }),
      json({ properties: { n: { type: 'integer' } } }),
      ['request-type-narrowed request:$.n'],
    ],
    [
      'null is not taken',
      json({ properties: { n: { type: ['string', 'null'] } } }),
      json({ properties: { n: { type: 'string' } } }),
      ['request-type-narrowed request:$.n'],
    ],
    [
      'null is not taken, as 3.0 writes it',
      json({ properties: { n: { type: 'string', nullable: true } } }),
      json({ properties: { n: { type: 'string' } } }),
      ['request-type-narrowed request:$.n'],
    ],
    [
      'an alternative less',
      json({ anyOf: [{ type: 'string' }, { type: 'number' }] }),
      json({ anyOf: [{ type: 'string' }] }),
      ['request-type-narrowed request:$'],
    ],
    [
      'another format',
      query({ type: 'string', format: 'date' }),
      query({ type: 'string', format: 'date-time' }),
      ['request-type-narrowed request:query.q'],
    ],
    [
      'a wider format',
      query({ type: 'integer', format: 'int32' }),
      query({ type: 'integer', format: 'int64' }),
      [],
    ],
    [
      'no other fields',
      json({ type: 'object' }),
      json({ type: 'object', additionalProperties: false }),
      ['request-type-narrowed request:$'],
    ],
    [
      'a list of values where there was none',
      query({ type: 'string' }),
      query({ type: 'string', enum: ['a'] }),
      ['request-enum-narrowed request:query.q'],
    ],
    ['more values', query({ enum: ['a'] }), query({ enum: ['a', 'b'] }), []],
    [
      'values of items',
      query({ type: 'array', items: { enum: ['a', 'b'] } }),
      query({ type: 'array', items: { enum: ['a'] } }),
      ['request-enum-narrowed request:query.q[*]'],
    ],
    [
      'one value alone',
      query({ enum: ['a', 'b'] }),
      query({ const: 'a' }),
      ['request-enum-narrowed request:query.q'],
    ],
    [
      'a longest length where there was none',
      query({}),
      query({ maxLength: 9 }),
      ['request-limit-tightened request:query.q'],
    ],
    ['a least length of none', query({}), query({ minLength: 0 }), []],
    [
      'a bound that is left out',
      query({ minimum: 1 }),
      query({ exclusiveMinimum: 1 }),
      ['request-limit-tightened request:query.q'],
    ],
    [
      'the same bound, as 3.0 writes it',
      query({ minimum: 1, exclusiveMinimum: true }),
      query({ exclusiveMinimum: 1 }),
      [],
    ],
    ['steps twice as fine', query({ multipleOf: 10 }), query({ multipleOf: 5 }), []],
    [
      'steps of another size',
      query({ multipleOf: 10 }),
      query({ multipleOf: 4 }),
      ['request-limit-tightened request:query.q'],
    ],
    [
      'items that must differ',
      query({ type: 'array' }),
      query({ type: 'array', uniqueItems: true }),
      ['request-limit-tightened request:query.q'],
    ],
    ['no pattern any more', query({ pattern: 'a' }), query({}), []],
    [
      'a field less',
      json({ properties: { a: { properties: { b: {} } } } }),
      json({ properties: {} }),
      ['request-part-removed request:$.a'],
    ],
    [
      'every text instead of one',
      { requestBody: { content: { 'text/csv': {} } } },
      { requestBody: { content: { 'text/*': {} } } },
      [],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

describe('who may send it', () => {
  it.each([
    ['nobody without a key any more', {}, { security: [{ key: [] }] }, true],
    ['anybody, or a key', { security: [{ key: [] }] }, { security: [{}, { key: [] }] }, false],
    ['a scope more', { security: [{ login: ['read'] }] }, { security: [{ login: ['read', 'write'] }] }, true],
    [
      'a scope less',
      { security: [{ login: ['read', 'write'] }] },
      { security: [{ login: ['read'] }] },
      false,
    ],
    ['two schemes at once', { security: [{ key: [] }] }, { security: [{ key: [], login: [] }] }, true],
  ])('%s', (_, before, after, tightened) => {
    expect(told(before, after)).toEqual(tightened ? ['security-tightened request:security'] : []);
  });

  it('what the whole document asks for counts where the operation says nothing', () => {
    const findings = compareDocuments(
      'shop',
      document({}),
      document({}, { security: [{ key: [] }] }),
    ).findings;
    expect(findings).toMatchObject([{ rule: 'security-tightened', request: 'POST /carts/{id}' }]);
  });
});

describe('operations', () => {
  it('are the same whatever their variables are called, and so are those', () => {
    const one = { parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'string' } }] };
    const other = { parameters: [{ in: 'path', name: 'cart', required: true, schema: { type: 'string' } }] };
    const before = { openapi: '3.1.0', paths: { '/carts/{id}': { get: one } } };
    const after = { openapi: '3.1.0', paths: { '/carts/{cart}': { get: other } } };
    expect(compareDocuments('shop', before, after).findings).toEqual([]);
  });

  it('are read through references, parameters of the path and headers without case', () => {
    const schemas = (required: string[]) => ({
      Cart: { required, properties: { a: {}, parent: { $ref: '#/components/schemas/Cart' } } },
    });
    const of = (required: string[], header: string) => ({
      openapi: '3.0.3',
      paths: {
        '/carts': {
          parameters: [{ $ref: '#/components/parameters/Tenant' }],
          post: json({ $ref: '#/components/schemas/Cart' }),
        },
      },
      components: {
        schemas: schemas(required),
        parameters: { Tenant: { in: 'header', name: header, required: required.length > 0, schema: {} } },
      },
    });
    const { findings } = compareDocuments('shop', of([], 'X-Tenant'), of(['a'], 'x-tenant'));
    expect(findings.map(({ rule, place }) => `${rule} ${place}`)).toEqual([
      'request-required request:header.x-tenant',
      'request-required request:$.a',
    ]);
  });

  it('of another service have another fingerprint, and so has each rule and place', () => {
    const [before, after] = [query({ enum: ['a', 'b'], maxLength: 9 }), query({ enum: ['a'], maxLength: 5 })];
    const prints = ['shop', 'tax'].flatMap((service) =>
      compareDocuments(service, document(before), document(after)).findings.map(
        ({ fingerprint }) => fingerprint,
      ),
    );
    expect(new Set(prints).size).toBe(4);
    for (const service of ['shop', 'tax']) {
      const { findings, endpoints } = compareDocuments(service, document(before), document(after));
      for (const { fingerprint } of findings) expect(endpoints).toContain(fingerprint.split('-')[0]);
    }
  });

  it('of hostile documents are compared without a crash, within bounds', () => {
    const ring = { $ref: '#/components/schemas/A' };
    const wide = Object.fromEntries(Array.from({ length: 60 }, (_, number) => [`f${number}`, ring]));
    const hostile = {
      openapi: '3.1.0',
      paths: {
        '/a': { post: json({ $ref: '#/components/schemas/A' }) },
        __proto__: null,
        constructor: { get: 7 },
      },
      components: { schemas: { A: { allOf: [ring], properties: wide, items: ring, type: { a: 1 } } } },
    };
    expect(compareDocuments('shop', hostile, hostile).findings).toEqual([]);
    void fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        compareDocuments('shop', document(one), document(other));
        compareDocuments('shop', one, other);
        expect(compareDocuments('shop', document(one), document(one)).findings).toEqual([]);
      }),
    );
  });
});

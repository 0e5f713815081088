import { describe, expect, it } from 'vitest';
import { directions, withDocument } from '../../../src/diff/contract/direction.ts';
import { documentedPlaces, documentProblem } from '../../../src/diff/contract/openapi.ts';
import type { Finding, RuleId } from '../../../src/diff/finding.ts';
import fc from '../../support/property.ts';

const document = {
  openapi: '3.1.0',
  servers: [{ url: 'https://api.example/v1' }],
  paths: {
    '/carts/{id}': {
      get: {
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Cart' } } } },
          404: { content: { 'application/json': { schema: { properties: { error: {} } } } } },
        },
      },
    },
    '/carts/latest': {
      get: { responses: { 200: { content: { 'application/json': { schema: { type: 'array' } } } } } },
    },
  },
  components: {
    schemas: {
      Cart: {
        type: 'object',
        required: ['id', 'items'],
        additionalProperties: false,
        properties: {
          id: { type: ['string', 'integer'] },
          note: { type: 'string', nullable: true },
          items: { type: 'array', items: { $ref: '#/components/schemas/Item' } },
          'a.b': { anyOf: [{ type: 'string' }, { type: 'null' }] },
          parent: { $ref: '#/components/schemas/Cart' },
        },
      },
      Item: {
        allOf: [
          { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } },
          { properties: { gift: { type: 'boolean' } } },
        ],
      },
    },
  },
};
const cart = documentedPlaces(document, {
  method: 'GET',
  pathTemplate: '/v1/carts/{{ steps.add.cart }}?full=1',
});
const places = new Map(cart.map((entry) => [entry.place, entry]));

const finding = (rule: RuleId, place: string, after?: unknown): Finding => ({
  rule,
  severity: rule === 'added-field' ? 'harmless' : 'breaking',
  place,
  ...(after === undefined ? {} : { after }),
  confirmed: true,
  why: 'Because.',
  effect: 'It breaks.',
  fingerprint: 'a-b',
  answers: { baseline: 2, candidate: 2 },
});
const judged = (rule: RuleId, place: string, after?: unknown) =>
  withDocument(finding(rule, place, after), places).severity;

describe('the places that an OpenAPI document knows', () => {
  it('are those of the successful answers of the operation, through references and compositions', () => {
    expect(places.get('$.items[*].sku')).toMatchObject({ optional: false, nullable: false });
    expect(places.get('$.items[*].gift')).toMatchObject({ optional: true });
    expect(places.get('$.note')).toMatchObject({ optional: true, nullable: true });
    expect(places.get("$['a.b']")).toMatchObject({ nullable: true });
    expect(places.has('$.error')).toBe(false);
    expect(places.has('$.parent.parent.items[*].sku')).toBe(true);
  });

  it('prefer the literal path, and are none of an operation that is not documented', () => {
    const latest = documentedPlaces(document, { method: 'get', pathTemplate: '/carts/latest' });
    expect(latest).toMatchObject([{ place: '$', types: ['array'] }]);
    expect(documentedPlaces(document, { method: 'POST', pathTemplate: '/carts/7' })).toEqual([]);
    expect(documentedPlaces(document, { method: 'GET', pathTemplate: '/carts' })).toEqual([]);
  });

  it('are bounded, and no document makes it throw', () => {
    expect(cart.length).toBeLessThanOrEqual(2000);
    const ring = { $ref: '#/components/schemas/A' };
    const odd = {
      paths: { '/': { get: { responses: { 200: { content: { json: { schema: ring } } } } } } },
      components: { schemas: { A: ring } },
    };
    expect(documentedPlaces(odd, { method: 'GET', pathTemplate: '/' })).toEqual([]);
    void fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        documentedPlaces(value, { method: 'GET', pathTemplate: '/' });
        const within = {
          paths: { '/': { get: { responses: { 200: { content: { json: { schema: value } } } } } } },
        };
        documentedPlaces(within, { method: 'GET', pathTemplate: '/' });
      }),
    );
  });

  it('are read of version 3 alone', () => {
    expect(documentProblem(document)).toBeNull();
    expect(documentProblem({ swagger: '2.0' })).toContain('Swagger 2.0');
    expect(documentProblem({ openapi: '4.0.0', paths: {} })).toContain('not 3.x');
    expect(documentProblem([])).not.toBeNull();
  });
});

describe('what a document changes in the judgement', () => {
  it('each line of the table, and its inverse', () => {
    expect(judged('removed-field', '$.note')).toBe('suspicious');
    expect(judged('removed-field', '$.items')).toBe('breaking');
    expect(judged('null-introduced', '$.note')).toBe('suspicious');
    expect(judged('null-introduced', '$.id')).toBe('breaking');
    expect(judged('type-changed', '$.id', 7)).toBe('suspicious');
    expect(judged('type-changed', '$.id', [7])).toBe('breaking');
    expect(judged('type-changed', '$.items[*].sku', 7)).toBe('breaking');
    expect(judged('added-field', '$.other')).toBe('suspicious');
    expect(judged('added-field', '$.items[*].other')).toBe('harmless');
    expect(directions).toHaveLength(4);
  });

  it('never makes a difference vanish, and says why it weighs otherwise', () => {
    expect(withDocument(finding('removed-field', '$.note'), places).why).toContain('OpenAPI document');
    expect(directions.every(({ severity }) => severity !== 'harmless')).toBe(true);
    expect(judged('status-changed', 'status')).toBe('breaking');
    expect(judged('value-changed', '$.note', 'x')).toBe('breaking');
  });
});

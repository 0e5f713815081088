import type { RuleId, Severity } from '../../../src/diff/finding.ts';
import type { Base } from '../base.ts';
import { edited, insert } from '../noise/noise.ts';
import type { Random } from '../random.ts';
import { bare, isRecord, type Json, placeOf, sitesOf, type Tree, Vary } from '../tree.ts';
import { sentence } from '../words.ts';
import {
  jsonLike,
  type Plan,
  type RegressionClass,
  type RegressionOperator,
  readable,
} from './regression.ts';

interface MessageSpec {
  readonly kind: RegressionClass;
  readonly rules: readonly RuleId[];
  readonly severities: readonly Severity[];
  readonly fits: (base: Base) => boolean;
  readonly places: (base: Base) => readonly string[];
  readonly touched?: readonly string[];
  readonly apply: (base: Base, random: Random) => Base;
  readonly alone?: boolean;
}

/** Status, headers, and the body as a whole. */
function message(name: string, spec: MessageSpec): RegressionOperator {
  return {
    name,
    kind: spec.kind,
    plan: (base, random): Plan | null => {
      if (!spec.fits(base)) return null;
      const seed = random.fork('edit');
      const places = spec.places(base);
      return {
        truth: {
          operator: name,
          kind: spec.kind,
          places,
          rules: spec.rules,
          severities: spec.severities,
          touched: [...places, ...(spec.touched ?? [])],
        },
        subject: null,
        room: { near: null, allows: () => true },
        alone: spec.alone ?? true,
        apply: (noisy) => spec.apply(noisy, seed),
      };
    },
  };
}

const everything = ['$', 'header:'];

function status(
  name: string,
  fits: (status: number) => boolean,
  to: number,
  body?: (random: Random) => Tree,
): RegressionOperator {
  return message(name, {
    kind: 'structural',
    rules: ['status-changed'],
    severities: ['breaking'],
    fits: (base) => fits(base.status) && base.status !== to && (body === undefined || base.form === 'json'),
    places: () => ['status'],
    touched: body === undefined ? [] : everything,
    apply: (base, random) => ({ ...base, status: to, ...(body === undefined ? {} : { body: body(random) }) }),
  });
}

const ok = (code: number): boolean => code >= 200 && code < 300 && code !== 204;

function header(
  name: string,
  spec: {
    which: (name: string, value: string) => boolean;
    to: (value: string) => string | null;
    rules: readonly RuleId[];
    severities?: readonly Severity[];
    kind?: RegressionClass;
  },
): RegressionOperator {
  const found = (base: Base): readonly [string, Tree] | undefined =>
    base.headers.find(([own, value]) => typeof value === 'string' && spec.which(own, value));
  return message(name, {
    kind: spec.kind ?? 'value',
    rules: spec.rules,
    severities: spec.severities ?? ['suspicious'],
    fits: (base) => found(base) !== undefined,
    places: (base) => [`header:${found(base)?.[0]}`],
    alone: false,
    apply: (base) => {
      const name = found(base)?.[0];
      return {
        ...base,
        headers: base.headers.flatMap(([own, value]): (readonly [string, Tree])[] => {
          if (own !== name || typeof value !== 'string') return [[own, value]];
          const other = spec.to(value);
          return other === null ? [] : [[own, other]];
        }),
      };
    },
  });
}

const plain = (own: string): boolean => !['content-type', 'set-cookie'].includes(own);

/** Adds a field to some object of the body. */
function addition(
  name: string,
  words: string,
  value: (random: Random) => Json,
  rule: RuleId,
  severity: Severity,
): RegressionOperator {
  return {
    name,
    kind: 'value',
    plan: (base, random, names): Plan | null => {
      if (!jsonLike.has(base.form)) return null;
      const key = names.write(random.pick(words.split('|')));
      const sites = sitesOf(base.body).filter(({ trees }) =>
        trees.every((tree) => isRecord(bare(tree)) && !(key in (bare(tree) as object))),
      );
      if (sites.length === 0) return null;
      const { path } = random.pick(sites);
      const seed = random.fork('edit');
      const place = placeOf([...path, key]);
      return {
        truth: {
          operator: name,
          kind: 'value',
          places: [place],
          rules: [rule],
          severities: [severity],
          touched: [place],
        },
        subject: null,
        room: { near: [...path, key], allows: () => true },
        alone: false,
        apply: (noisy) => edited(noisy, path, (tree) => insert(tree, key, 0.7, value(seed.fork('value')))),
      };
    },
  };
}

export const messages: readonly RegressionOperator[] = [
  status('status-500', ok, 500, (random) => ({ error: 'Internal Server Error', requestId: random.hex(8) })),
  status('status-404', ok, 404, () => ({ error: 'not found' })),
  status('status-401', ok, 401, () => ({ error: 'unauthorized' })),
  status('status-200-to-201', (code) => code === 200, 201),
  status('status-201-to-200', (code) => code === 201 || code === 207, 200),
  status('status-204-to-200', (code) => code === 204, 200),
  status('redirect-made-permanent', (code) => code === 302 || code === 307, 301),
  status(
    'error-swallowed',
    (code) => code >= 400,
    200,
    (random) => ({ ok: true, note: sentence(random) }),
  ),
  status('error-class-changed', (code) => code >= 400 && code < 500, 500),
  status('error-status-swapped', (code) => code >= 400 && code !== 400, 400),
  status(
    'login-lost',
    (code) => code === 401 || code === 403,
    200,
    (random) => ({ id: random.int(1, 999), admin: true }),
  ),
  message('content-type-text', {
    kind: 'structural',
    rules: ['content-type-changed'],
    severities: ['breaking'],
    fits: ({ form }) => form === 'json',
    places: () => ['header:content-type'],
    touched: ['$'],
    apply: (base) => ({ ...base, headers: typed(base, 'text/plain; charset=utf-8') }),
  }),
  message('content-type-html-page', {
    kind: 'structural',
    rules: ['content-type-changed'],
    severities: ['breaking'],
    fits: ({ form }) => form === 'json',
    places: () => ['header:content-type'],
    touched: ['$'],
    apply: (base, random) => ({
      ...base,
      form: 'html',
      headers: typed(base, 'text/html; charset=utf-8'),
      body: { title: 'Please wait', text: sentence(random) },
    }),
  }),
  message('content-type-charset', {
    kind: 'structural',
    rules: ['content-type-changed'],
    severities: ['breaking'],
    fits: ({ form }) => ['text', 'csv', 'html'].includes(form),
    places: () => ['header:content-type'],
    apply: (base) => ({
      ...base,
      headers: base.headers.map(
        ([own, value]) =>
          [
            own,
            own === 'content-type' && typeof value === 'string'
              ? value.replace('utf-8', 'iso-8859-1')
              : value,
          ] as const,
      ),
    }),
  }),
  message('body-emptied', {
    kind: 'structural',
    rules: ['removed-field', 'type-changed', 'value-changed'],
    severities: ['breaking'],
    fits: ({ form }) => readable.has(form),
    places: () => ['$'],
    touched: ['$'],
    apply: (base) => ({ ...base, form: 'none' }),
  }),
  message('body-broken-off', {
    kind: 'structural',
    rules: ['type-changed', 'value-changed', 'removed-field'],
    severities: ['breaking'],
    fits: ({ form }) => form === 'json',
    places: () => ['$'],
    touched: ['$'],
    apply: (base) => ({
      ...base,
      form: 'text',
      body: new Vary(base.body, 'regression', (value) => ['{', JSON.stringify(value).slice(0, 25)]),
    }),
  }),
  message('body-wrapped', {
    kind: 'structural',
    rules: ['renamed-field', 'removed-field', 'type-changed'],
    severities: ['breaking'],
    fits: (base) =>
      base.form === 'json' && isRecord(bare(base.body)) && Object.keys(bare(base.body) as object).length > 1,
    places: (base) => ['$', ...Object.keys(bare(base.body) as object).map((key) => placeOf([key]))],
    touched: ['$'],
    apply: (base) => ({ ...base, body: { envelope: base.body } }),
  }),
  message('body-listed', {
    kind: 'structural',
    rules: ['type-changed'],
    severities: ['breaking'],
    fits: (base) => base.form === 'json' && isRecord(bare(base.body)),
    places: () => ['$'],
    touched: ['$'],
    apply: (base) => ({ ...base, body: [base.body] }),
  }),
  message('error-body-changed', {
    kind: 'structural',
    rules: ['removed-field', 'renamed-field', 'type-changed'],
    severities: ['breaking'],
    fits: (base) => base.status >= 400 && base.form === 'json' && isRecord(bare(base.body)),
    places: (base) => ['$', ...Object.keys(bare(base.body) as object).map((key) => placeOf([key]))],
    touched: ['$'],
    apply: (base) => ({ ...base, body: { failure: 'see the log' } }),
  }),
  message('file-changed', {
    kind: 'value',
    rules: ['value-changed'],
    severities: ['breaking'],
    fits: ({ form }) => form === 'bytes',
    places: () => ['$'],
    touched: ['$', 'header:'],
    apply: (base) => ({ ...base, body: { content: 'd0cf11e0a1b11ae1' } }),
  }),
  header('header-lost', { which: plain, to: () => null, rules: ['header-removed'] }),
  header('content-type-lost', {
    which: (own) => own === 'content-type',
    to: () => null,
    rules: ['content-type-changed', 'header-removed'],
    severities: ['breaking', 'suspicious'],
    kind: 'structural',
  }),
  header('cache-policy-changed', {
    which: (own) => own === 'cache-control',
    to: (value) => (value === 'no-store' ? 'public, max-age=600' : 'no-store'),
    rules: ['header-changed'],
  }),
  header('cors-narrowed', {
    which: (own) => own === 'access-control-allow-origin',
    to: () => 'https://other.example.com',
    rules: ['header-changed'],
  }),
  header('cookie-not-secure', {
    which: (own) => own === 'set-cookie',
    to: (value) => value.replace('; Secure', ''),
    rules: ['header-changed', 'header-removed'],
  }),
  header('cookie-lost', { which: (own) => own === 'set-cookie', to: () => null, rules: ['header-removed'] }),
  header('location-changed', {
    which: (own) => own === 'location',
    to: (value) => `${value}/edit`,
    rules: ['header-changed'],
  }),
  header('link-changed', {
    which: (own) => own === 'link',
    to: (value) => value.replace('next', 'prev'),
    rules: ['header-changed'],
  }),
  addition(
    'password-leaked',
    'password hash|password|secret key',
    (random) => `$2b$10$${random.word(40)}`,
    'leaked-field',
    'breaking',
  ),
  addition(
    'stack-trace-leaked',
    'stack|trace text|stack trace',
    () => 'Error: boom\n    at handler (/srv/app/index.js:10:5)',
    'leaked-field',
    'breaking',
  ),
  addition('token-leaked', 'access token|api key', (random) => random.word(32), 'leaked-field', 'breaking'),
  addition('field-added', 'extra info|more text|page hint', () => 'something new', 'added-field', 'harmless'),
];

function typed(base: Base, type: string): Base['headers'] {
  return base.headers.map(([own, value]) => [own, own === 'content-type' ? type : value] as const);
}

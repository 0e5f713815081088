import { z } from 'zod';

/** The shapes of frontmatter and steps. Messages complete the sentence "`key` …". Unknown keys are refused. */

export const laterKinds = ['job', 'load'] as const;
export const stepKinds = ['http', 'smart_diff', ...laterKinds] as const;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const text = (most: number, what: string) =>
  z
    .string({ error: `must be ${what}` })
    .trim()
    .min(1, `must be ${what}`)
    .max(most, `is longer than ${most} characters`);

const stepId = z
  .string({ error: 'must be an id such as `add-item`' })
  .regex(/^[a-z][a-z0-9-]*$/, 'must begin with a small letter and hold small letters, digits and `-` alone')
  .max(60, 'is longer than 60 characters');

const word = /^[A-Za-z][A-Za-z0-9_-]*$/;
const named = <T extends z.ZodType>(value: T, most: number, what: string) =>
  z
    .record(
      z
        .string()
        .regex(word, 'is no name: begin with a letter, then letters, digits, `_` and `-`')
        .max(60, 'is too long a name'),
      value,
      { error: `must be ${what}` },
    )
    .refine((entries) => Object.keys(entries).length <= most, `has more than ${most} entries`);

const globs = z
  .array(text(200, 'a glob such as `services/pricing/**`'), { error: 'must be a list of globs' })
  .min(1, 'is an empty list; leave it out')
  .max(50, 'has more than 50 entries');

const plain = z.union([z.string().max(2000), z.number(), z.boolean()], {
  error: 'must be a text, a number, true or false',
});

const param = z.strictObject(
  {
    type: z.enum(['string', 'number', 'boolean', 'integer'], {
      error: 'must be string, number, integer or boolean',
    }),
    default: plain.optional(),
    description: text(500, 'a text').optional(),
    enum: z
      .array(plain, { error: 'must be a list of values' })
      .min(1, 'is an empty list')
      .max(100, 'has more than 100 entries')
      .optional(),
  },
  { error: 'must be a declaration such as `{ type: string, default: mug, description: item to buy }`' },
);

export const frontmatterSchema = z.strictObject(
  {
    seatrial: z.literal(1, { error: 'must be 1, the plan format that this version reads' }),
    name: stepId,
    selectionHint: text(500, 'one or two sentences that say what the plan checks and when to pick it'),
    covers: z
      .strictObject(
        {
          services: z
            .array(text(100, 'the name of a service'), { error: 'must be a list of services' })
            .min(1, 'is an empty list; leave it out to cover every service')
            .max(100, 'has more than 100 entries')
            .optional(),
          paths: globs.optional(),
        },
        { error: 'must be such as `{ services: [pricing] }`' },
      )
      .optional(),
    params: named(param, 50, 'a map of parameter names to declarations').optional(),
  },
  { error: 'must be a map of keys: seatrial, name, selectionHint, covers, params' },
);

const service = text(100, 'the name of a service of `seatrial.yaml`');
const state = z.enum(['read', 'write'], { error: 'must be `read` or `write`' });
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}$/, 'is no header name (RFC 9110)');
const headerValue = z
  .string({ error: 'must be a text; put numbers in quotes' })
  .max(8000, 'is longer than 8,000 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  .regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, 'must be one line without control characters');
const headers = z
  .record(headerName, headerValue, { error: 'must be a map of header names to texts' })
  .refine((entries) => Object.keys(entries).length <= 100, 'has more than 100 entries');

const requestShape = {
  service,
  method: z.enum(methods, { error: `must be one of ${methods.join(', ')}` }),
  path: z
    .string({ error: 'must be a path that begins with `/`' })
    .min(1, 'must be a path that begins with `/`')
    .max(4000, 'is longer than 4,000 characters'),
  state: state.default('read'),
  headers: headers.default({}),
  json: z.unknown().optional(),
  body: z
    .string({ error: 'must be a text; a JSON value goes under `json`' })
    .max(200_000, 'is longer than 200,000 characters')
    .optional(),
};

const timeoutMs = z
  .int({ error: 'must be a whole number of milliseconds' })
  .min(1, 'must be 1 or more')
  .max(120_000, 'must be 120,000 (two minutes) or less');

const status = z
  .int({ error: 'must be a status such as 201' })
  .min(100, 'is no HTTP status')
  .max(599, 'is no HTTP status');

const expectation = z.strictObject(
  {
    status: z
      .union([status, z.array(status).min(1).max(20)], {
        error: 'must be a status such as 201, or a list such as [200, 204]',
      })
      .optional(),
    headers: z
      .record(headerName, headerValue, { error: 'must be a map of header names to texts' })
      .optional(),
    body: z
      .record(z.string(), z.unknown(), {
        error: 'must be a map of places such as `$.items[0].sku` to values',
      })
      .optional(),
  },
  { error: 'must be such as `{ status: 200, body: { $.id: 7 } }`' },
);

export const httpStepSchema = z.strictObject({
  id: stepId,
  http: z.strictObject(
    { ...requestShape, method: requestShape.method.default('GET'), timeoutMs: timeoutMs.optional() },
    { error: 'must be such as `{ service: checkout, method: GET, path: /cart }`' },
  ),
  expect: expectation.optional(),
  capture: named(
    z.string({ error: 'must be a place such as `$.id`' }),
    50,
    'a map of names to places such as `{ cart: $.id }`',
  ).optional(),
  proof: z.literal('none', { error: 'can only be `none`: a step is proven unless it says so' }).optional(),
});

export const diffRequestSchema = z.strictObject(
  { id: stepId, ...requestShape, method: requestShape.method.default('GET') },
  { error: 'must be such as `{ id: cart, service: checkout, path: /cart }`' },
);

export const smartDiffStepSchema = z.strictObject({
  id: stepId,
  smart_diff: z.strictObject(
    {
      requests: z
        .array(diffRequestSchema, { error: 'must be a list of requests' })
        .min(1, 'is an empty list')
        .max(100, 'has more than 100 requests')
        .optional(),
      steps: z
        .array(stepId, { error: 'must be a list of step ids' })
        .min(1, 'is an empty list')
        .max(100, 'has more than 100 ids')
        .optional(),
      repeats: z
        .int({ error: 'must be a whole number of passes' })
        .min(2, 'must be 2 or more')
        .max(7, 'must be 7 or less')
        .optional(),
      intermittent: z.boolean({ error: 'must be true or false' }).optional(),
      expected: text(300, 'a file of expected changes, from the root').optional(),
    },
    { error: 'must be such as `{ steps: [add] }` or `{ requests: [ … ] }`' },
  ),
});

export type Frontmatter = z.output<typeof frontmatterSchema>;
export type HttpStepData = z.output<typeof httpStepSchema>;
export type SmartDiffStepData = z.output<typeof smartDiffStepSchema>;
export type DiffRequestData = z.output<typeof diffRequestSchema>;

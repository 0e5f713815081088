import { describe, expect, test } from 'vitest';
import { good, head, parse, planOf, problems } from './helpers.ts';

const contract = `---
seatrial: 1
name: checkout-contract
selectionHint: Checks that a cart can be priced and paid. Pick when pricing, tax or checkout code changes.
covers: { services: [checkout, pricing], paths: ["services/pricing/**"] }
params: { sku: { type: string, default: mug, description: item to buy } }
---
# The cart keeps its contract
Prose for people.
## Put an item into the cart

\`\`\`yaml step
id: add
http: { service: checkout, method: POST, path: /cart, state: write, json: { sku: "{{ params.sku }}" } }
expect:
  status: 201
  body:
    $.items[0].sku: mug
capture: { cart: $.id }
\`\`\`

\`\`\`yaml step
id: look
smart_diff:
  requests:
    - { id: read, service: pricing, path: "/carts/{{ steps.add.cart }}", headers: { authorization: "Bearer {{ secrets.buyer }}" } }
  intermittent: true
  repeats: 3
  expected: changes/checkout.yaml
\`\`\`
`;

describe('a plan', () => {
  test('is read as data, with the heading as title of its step', () => {
    expect(good(contract)).toMatchInlineSnapshot(`
      {
        "covers": {
          "paths": [
            "services/pricing/**",
          ],
          "services": [
            "checkout",
            "pricing",
          ],
        },
        "file": "plans/a.md",
        "hash": "313f0ad0277ea5f373a189b25343fc131fd2b4f83c0b934ba063f003add288bb",
        "name": "checkout-contract",
        "params": {
          "sku": {
            "default": "mug",
            "description": "item to buy",
            "enum": null,
            "type": "string",
          },
        },
        "selectionHint": "Checks that a cart can be priced and paid. Pick when pricing, tax or checkout code changes.",
        "steps": [
          {
            "capture": {
              "cart": "$.id",
            },
            "expect": {
              "body": {
                "$.items[0].sku": "mug",
              },
              "status": 201,
            },
            "id": "add",
            "kind": "http",
            "line": 12,
            "proof": "required",
            "request": {
              "body": {
                "kind": "json",
                "value": {
                  "sku": "{{ params.sku }}",
                },
              },
              "headers": {},
              "method": "POST",
              "path": "/cart",
              "service": "checkout",
              "state": "write",
              "timeoutMs": null,
            },
            "title": "Put an item into the cart",
          },
          {
            "expected": "changes/checkout.yaml",
            "id": "look",
            "intermittent": true,
            "kind": "smart_diff",
            "line": 22,
            "repeats": 3,
            "source": {
              "kind": "requests",
              "requests": [
                {
                  "body": null,
                  "headers": {
                    "authorization": "Bearer {{ secrets.buyer }}",
                  },
                  "id": "read",
                  "method": "GET",
                  "path": "/carts/{{ steps.add.cart }}",
                  "service": "pricing",
                  "state": "read",
                  "timeoutMs": null,
                },
              ],
            },
            "title": "Put an item into the cart",
          },
        ],
      }
    `);
  });

  test('reads the same with CRLF line ends and a byte order mark, but for its hash', () => {
    const { hash, ...plan } = good(contract);
    const { hash: other, ...windows } = good(`\uFEFF${contract.replaceAll('\n', '\r\n')}`);
    expect(windows).toEqual(plan);
    expect(other).not.toBe(hash);
  });

  test('keeps the lines right with CRLF line ends', () => {
    const text = planOf('id: x\nhttp: { service: checkout, path: /, metod: GET }');
    expect(problems(text.replaceAll('\n', '\r\n'))).toEqual(problems(text));
    expect(problems(text)).toEqual(['8: `metod` is no key of `http`; did you mean `method`?']);
  });

  test('takes a step below a list item, and none in a comment or a longer fence', () => {
    const step = '```yaml step\nid: x\nhttp: { service: tax, path: / }\n```';
    expect(good(`${head}1. First\n\n${step.replace(/^/gm, '   ')}\n`).steps).toHaveLength(1);
    expect(
      problems(`${head}<!--\n${step}\n-->\n\n${'`'.repeat(4)}markdown\n${step}\n${'`'.repeat(4)}\n`),
    ).toEqual(['6: the plan has no step: add a fenced block that begins with ```yaml step']);
  });

  test('keeps a JSON body of null apart from no body', () => {
    expect(good(planOf('id: x\nhttp: { service: tax, path: /, json: null }')).steps[0]).toMatchObject({
      request: { body: { kind: 'json', value: null } },
    });
    expect(good(planOf('id: x\nhttp: { service: tax, path: / }')).steps[0]).toMatchObject({
      request: { body: null },
    });
  });
});

describe('frontmatter', () => {
  test.each([
    ['no frontmatter', '# Hello\n'],
    ['an empty file', ''],
    ['empty frontmatter', '---\n---\n'],
    ['frontmatter of comments', '---\n# nothing\n---\n'],
    ['four dashes', '----\nseatrial: 1\n----\n'],
    ['JavaScript', '---js\n{ seatrial: (() => { throw new Error("ran") })() }\n---\n'],
    ['JavaScript by another name', '--- JavaScript\nglobalThis.ran = true\n---\n'],
    ['JSON', '---json\n{}\n---\n'],
    ['an engine named like a property', '---constructor\nx\n---\n'],
    ['never closed', '---\nseatrial: 1\nname: a\nselectionHint: b\n'],
    ['closed by a longer word', '---\nseatrial: 1\nname: a\nselectionHint: b\n---x\n'],
    ['a list', '---\n- 1\n---\n'],
    ['another version', head.replace('seatrial: 1', 'seatrial: 2')],
    ['no version', head.replace('seatrial: 1\n', '')],
    ['unknown keys', head.replace('name:', 'selectionhint: x\nnmae: y\nname:')],
    ['wrong types', '---\nseatrial: "1"\nname: A b\nselectionHint: [a]\ncovers: tax\nparams: []\n---\n'],
    ['unknown services', head.replace('name:', 'covers: { services: [pricng], paths: [] }\nname:')],
    ['duplicate keys', head.replace('name: a', 'name: a\nname: b')],
    ['a tag', head.replace('name: a', 'name: !!js/function "x"')],
    ['an old version of YAML', head.replace('seatrial: 1', '%YAML 1.1')],
    ['a key that reaches the prototype', head.replace('name: a', 'name: a\n__proto__: { polluted: true }')],
    [
      'an alias bomb',
      head.replace(
        'name: a',
        `name: a\nx: &a0 [1,1,1,1,1,1,1,1,1]\n${[1, 2, 3, 4, 5, 6, 7]
          .map(
            (n) =>
              `x${n}: &a${n} [${Array(9)
                .fill(`*a${n - 1}`)
                .join(',')}]`,
          )
          .join('\n')}`,
      ),
    ],
    ['an alias to itself', head.replace('name: a', 'name: &a [*a]')],
    ['a missing anchor', head.replace('name: a', 'name: *nothing')],
    [
      'parameters',
      head.replace(
        'name: a',
        'name: a\nparams:\n  a: { type: integer, default: 1.5 }\n  b: { type: strin }\n  1c: { type: string }\n  d: { type: string, enum: [x, 1], default: z }\n  e: { tipe: string }',
      ),
    ],
  ])('with %s is refused with the line', (name, text) => {
    const found = problems(
      text + (text.includes('```') ? '' : '```yaml step\nid: x\nhttp: { service: tax, path: / }\n```\n'),
    );
    expect(found.length).toBeGreaterThan(0);
    expect(`${name}\n${found.join('\n')}`).toMatchSnapshot();
  });

  test('runs no code and pollutes no prototype', () => {
    problems('---js\nglobalThis.ran = true\n---\n');
    problems(head.replace('name: a', 'name: a\n__proto__: { polluted: true }'));
    problems(
      planOf(
        'id: x\n__proto__: { polluted: true }\nhttp: { service: tax, path: /, json: { __proto__: { polluted: true } } }',
      ),
    );
    expect(globalThis).not.toHaveProperty('ran');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a step', () => {
  test.each([
    ['no kind', 'id: x'],
    ['two kinds', 'id: x\nhttp: { service: tax, path: / }\nsmart_diff: { steps: [x] }'],
    ['a misspelt kind', 'id: x\nhtpp: { service: tax, path: / }'],
    ['a job', 'id: x\njob: e2e'],
    ['a load', 'id: x\nload: { service: tax }'],
    ['a list', '- id: x'],
    ['nothing', '# nothing'],
    ['a wrong id', 'id: Add_Item\nhttp: { service: tax, path: / }'],
    [
      'unknown keys at every level',
      'id: x\nexpects: {}\nhttp: { service: tax, path: /, querry: a }\nexpect: { statuss: 200 }\nproof: nune',
    ],
    [
      'wrong types',
      'id: 1\nhttp: { service: [tax], path: 1, method: post, state: both, headers: { a: 1 }, timeoutMs: soon }\nexpect: { status: "200", headers: [], body: 7 }\ncapture: $.id',
    ],
    ['a wrong path', 'id: x\nhttp: { service: tax, path: "cart" }'],
    ['a path that cannot be sent', 'id: x\nhttp: { service: tax, path: "/a b#c" }'],
    [
      'headers that are not its own',
      'id: x\nhttp:\n  service: tax\n  path: /\n  headers:\n    Host: a\n    x-seatrial-key: b\n    baggage: "a=1, seatrial=other"\n    accept: a\n    Accept: b\n    "a b": c\n    d: "line\\nbreak"',
    ],
    ['two bodies', 'id: x\nhttp: { service: tax, path: /, json: 1, body: a }'],
    ['an unknown service', 'id: x\nhttp: { service: pricin, path: / }'],
    [
      'wrong places',
      'id: x\nhttp: { service: tax, path: / }\nexpect:\n  body:\n    items[0]: 1\n    $.a[: 1\n    "$[\'{{ params.a }}\']": 1\ncapture:\n  a: id\n  1b: $.x',
    ],
    ['an expectation of nothing', 'id: x\nhttp: { service: tax, path: / }\nexpect: {}'],
    [
      'wrong references',
      'id: x\nhttp:\n  service: tax\n  path: "/{{ params.a }}/{{ secrets.byer }}"\n  headers:\n    a: "{{ steps.y.z }}"\n    b: "{{ steps.x.z }}"\n    c: "{{ env.HOME }}"\n    d: "{{ 1 + 1 }}"\n    e: "{{ unique }}"\n  json:\n    - { "{{ parms.a }}": 1 }\n    - ["{{ params.a.b }}"]',
    ],
    [
      'references in expect',
      'id: x\nhttp: { service: tax, path: / }\nexpect:\n  headers:\n    etag: "{{ secrets.buyer }}"\n  body:\n    $.a: "{{ unique.a }}"\n    $.b: { c: "{{ params.b }}" }',
    ],
    [
      'numbers that JSON does not hold',
      'id: x\nhttp:\n  service: tax\n  path: /\n  json:\n    - .nan\n    - -.inf\n    - 123456789012345678901',
    ],
    ['a diff of nothing', 'id: x\nsmart_diff: {}'],
    ['a diff of both', 'id: x\nsmart_diff: { steps: [a], requests: [] }'],
    [
      'a wrong diff',
      'id: x\nsmart_diff:\n  expected: ../../etc/passwd\n  repeats: 1\n  intermittent: 1\n  requests:\n    - { id: a, service: tax, path: /, method: FETCH, capture: { a: $.a } }',
    ],
    [
      'a wrong file of expected changes',
      'id: x\nsmart_diff:\n  expected: ../../etc/passwd\n  requests:\n    - { id: a, service: tax, path: / }\n    - { id: a, service: tax, path: / }\n    - { id: x, service: tax, path: / }',
    ],
  ])('with %s is refused with the line of the key', (name, step) => {
    expect(`${name}\n${problems(planOf(step)).join('\n')}`).toMatchSnapshot();
  });

  test('that a fence keeps from being one is named', () => {
    const step = 'id: x\nhttp: { service: tax, path: / }\n';
    const first = '```yaml step\nid: first\nhttp: { service: tax, path: / }\n```\n\n';
    const found = [
      '```yaml steps',
      '```yml step',
      '```yaml stpe',
      '```yaml: step',
      '```step',
      '```json step',
    ].map((fence) => problems(`${head}${first}${fence}\n${step}\`\`\`\n`));
    for (const list of found)
      expect(list).toEqual([expect.stringMatching(/^11: `.*` begins no step; write/)]);
    expect(problems(`${head}${first}\`\`\`yaml step\n${step}`)).toEqual([
      expect.stringMatching(/^11: the step block is never closed/),
    ]);
    expect(problems(`${head}${first}    \`\`\`yaml step\n    id: x\n    \`\`\`\n`)).toEqual([
      expect.stringMatching(/^11: this step block is indented/),
    ]);
    expect(problems(`${head}${first}<details>\n\`\`\`yaml step\n${step}\`\`\`\n</details>\n`)).toEqual([
      expect.stringMatching(/^11: a step block inside this HTML/),
    ]);
    for (const marker of ['> ', '- ', '1. ', '> > ']) {
      const quoted = `${marker}\`\`\`yaml step\n${step.replace(/^/gm, '> ')}> \`\`\`\n`;
      expect(problems(head + first + quoted)).toEqual([
        expect.stringMatching(/^11: a step block in a quote/),
      ]);
    }
    expect(good(`${head}${first}\`\`\`yaml\na: 1\n\`\`\`\n\n\`\`\`sh\nstep\n\`\`\`\n`).steps).toHaveLength(1);
  });

  test('refers only to what comes before it', () => {
    const step = (id: string, more = '') =>
      `id: ${id}\nhttp: { service: tax, path: "/${more}" }\ncapture: { c: $.c }`;
    expect(
      problems(planOf(step('a', '{{ steps.b.c }}'), step('b', '{{ steps.a.d }}'), step('b'))),
    ).toMatchInlineSnapshot(`
      [
        "8: {{ steps.b.c }}: the step \`b\` is not sent before this one",
        "13: {{ steps.a.d }}: the step \`a\` captures no \`d\`; did you mean \`c\`?",
        "17: the id \`b\` is taken already, on line 12",
      ]
    `);
    expect(good(planOf(step('a'), step('b', '{{ steps.a.c }}'))).steps).toHaveLength(2);
  });

  test('compares only earlier http steps that are to be proven, each once', () => {
    const http = (id: string, more = '') => `id: ${id}\nhttp: { service: tax, path: / }\n${more}`;
    const diff = (id: string, steps: string) => `id: ${id}\nsmart_diff: { steps: [${steps}] }`;
    expect(
      problems(
        planOf(
          http('a'),
          http('b', 'proof: none'),
          diff('d', 'a, a, b, c, e, d, aa'),
          http('c'),
          diff('e', 'a, d'),
        ),
      ),
    ).toMatchInlineSnapshot(`
      [
        "17: \`a\` is compared already",
        "17: \`b\` is marked \`proof: none\`, so it is never compared",
        "17: \`c\` is no earlier step; put the smart_diff step after the steps it compares",
        "17: \`d\` is no earlier step; put the smart_diff step after the steps it compares",
        "17: \`e\` is no earlier step; put the smart_diff step after the steps it compares",
        "17: the plan has no step \`aa\`; did you mean \`a\`?",
        "25: \`a\` is compared already",
        "25: \`d\` is no http step, so it cannot be compared",
      ]
    `);
  });

  test('that is broken does not make the references to it wrong', () => {
    expect(
      problems(
        planOf(
          'id: a\nhttp: { service: tax, path: /, oops: 1 }\ncapture: { c: $.c }',
          'id: b\nhttp: { service: tax, path: "/{{ steps.a.c }}" }',
        ),
      ),
    ).toEqual([
      '8: `oops` is no key of `http`; known: service, method, path, state, headers, json, body, timeoutMs',
    ]);
  });
});

describe('bounds', () => {
  test('a file that is too large, no text, or has too many steps is refused', () => {
    expect(problems('a'.repeat(300_000))).toEqual(['1: the file is larger than 256 KiB']);
    expect(problems(Buffer.from([0x2d, 0x2d, 0x2d, 0x0a, 0xff, 0xfe]))).toEqual([
      '1: the file is not UTF-8 text',
    ]);
    const many = Array.from({ length: 101 }, (_, index) => `id: s${index}\nhttp: { service: tax, path: / }`);
    expect(problems(planOf(...many))).toEqual([expect.stringContaining('more than 100 steps')]);
  });

  test('a file of problems names the first fifty', () => {
    const many = Array.from({ length: 90 }, (_, index) => `id: s${index}\nhttp: { service: nope, path: / }`);
    expect(problems(planOf(...many))).toHaveLength(51);
  });

  test.each([
    ['block quotes', '>'.repeat(100_000)],
    ['lists', Array.from({ length: 400 }, (_, index) => `${' '.repeat(index)}- a`).join('\n')],
    ['flow lists in frontmatter', `---\nname: ${'['.repeat(20_000)}\n---\n`],
    ['list items on a line', '- '.repeat(50_000)],
    ['brackets', '['.repeat(100_000)],
    ['emphasis', '*a_ '.repeat(50_000)],
    ['backticks', '` `` ``` '.repeat(20_000)],
    ['flow maps in a step', `\`\`\`yaml step\n${'{a: '.repeat(30_000)}\n\`\`\``],
    [
      'indented maps in a step',
      `\`\`\`yaml step\n${Array.from({ length: 600 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')}\n\`\`\``,
    ],
  ])('hostile text ends in problems: %s', (_name, text) => {
    expect(parse(text.startsWith('---') ? text : head + text).problems.length).toBeGreaterThan(0);
  });
});

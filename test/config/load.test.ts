import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exampleConfig, loadConfig, parseConfig } from '../../src/config/load.ts';
import { SeatrialError } from '../../src/errors.ts';
import fc from '../support/property.ts';

const web = 'services:\n  web:\n    paths: [web/**]\n    command: node web.js\n';

function parse(text: string) {
  return parseConfig(text, { root: '/root', file: 'seatrial.yaml' });
}

function problem(text: string): SeatrialError {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof SeatrialError) return thrown;
    throw thrown;
  }
  throw new Error('was accepted');
}

describe('seatrial.yaml', () => {
  test('needs of a service only its paths and command; everything else has a default', () => {
    expect(parse(web)).toMatchInlineSnapshot(`
      {
        "baseline": {
          "ref": "auto",
        },
        "engine": "auto",
        "ignore": [
          "docs/**",
          "**/*.md",
          "**/{test,tests,__tests__}/**",
          "**/*.{test,spec}.*",
          "seatrial.expected.yaml",
        ],
        "kubernetes": null,
        "leaseSeconds": 1800,
        "maxSandboxes": 10,
        "plans": "plans",
        "root": "/root",
        "secrets": {},
        "services": {
          "web": {
            "command": "node web.js",
            "container": null,
            "cwd": ".",
            "env": {},
            "link": [],
            "name": "web",
            "observe": false,
            "openapi": null,
            "paths": [
              "web/**",
            ],
            "ready": {
              "kind": "tcp",
            },
            "readySeconds": 30,
            "setup": null,
            "shared": false,
            "sharedEffects": null,
            "stopSeconds": 5,
            "workload": null,
          },
        },
      }
    `);
  });

  test('is read with everything that the format knows', () => {
    const config = parse(`
engine: kubernetes
plans: checks
baseline: { ref: release/1.0 }
ignore: [docs/**]
lease: 2h
maxSandboxes: 3
secrets: { buyer: { env: BUYER_TOKEN } }
kubernetes: { context: staging, namespace: shop }
services:
  pricing:
    paths: [services/pricing/**]
    command: node services/pricing/server.mjs --port {{ port }}
    cwd: services/pricing
    setup: npm ci
    link: [node_modules]
    ready: /healthz
    readySeconds: 60
    stopSeconds: 0
    env: { TAX_URL: "{{ services.tax.url }}", DB: "{{ data }}/x.db", RETRIES: 3, DEBUG: true }
  tax: { shared: true, command: run-tax, ready: tcp }
`);
    expect(config).toMatchObject({
      engine: 'kubernetes',
      leaseSeconds: 7200,
      secrets: { buyer: { env: 'BUYER_TOKEN' } },
      kubernetes: { context: 'staging', namespace: 'shop' },
      services: {
        pricing: {
          ready: { kind: 'http', path: '/healthz' },
          env: { TAX_URL: '{{ services.tax.url }}', DB: '{{ data }}/x.db', RETRIES: '3', DEBUG: 'true' },
        },
        tax: { shared: true, paths: [], ready: { kind: 'tcp' } },
      },
    });
  });

  test.each([
    ['no services', 'plans: plans\n', 'seatrial.yaml:1: `services` '],
    ['an empty file', '', 'seatrial.yaml:1: `services` '],
    ['no service in the map', 'services: {}\n', 'seatrial.yaml:1: `services` names no service.'],
    ['a list', '- a\n', 'seatrial.yaml:1: '],
    ['an unknown key', `${web}engin: local\n`, 'seatrial.yaml:5: `engin` is no key that we know.'],
    [
      'an unknown key of a service',
      `${web}    comand: x\n`,
      'seatrial.yaml:5: `services.web.comand` is no key',
    ],
    ['a wrong choice', `${web}engine: docker\n`, 'seatrial.yaml:5: `engine` invalid option'],
    ['a wrong type', `${web}    shared: sometimes\n`, 'seatrial.yaml:5: `services.web.shared` invalid input'],
    ['a wrong item', `${web}ignore:\n  - a\n  - 3\n`, 'seatrial.yaml:7: `ignore.2`'.replace('2', '1')],
    ['no command', 'services:\n  web:\n    paths: [x]\n', 'seatrial.yaml:2: `services.web.command`'],
    ['no paths', 'services:\n  web:\n    command: x\n', 'seatrial.yaml:2: `services.web.paths` is missing'],
    [
      'a bad name',
      'services:\n  Web_1: { command: x, paths: [x] }\n',
      'seatrial.yaml:2: `services.Web_1` a service is named',
    ],
    [
      'a bad ready',
      `${web}    ready: healthz\n`,
      'seatrial.yaml:5: `services.web.ready` must be `tcp` or a path',
    ],
    ['a bad lease', `${web}lease: soon\n`, 'seatrial.yaml:5: `lease`'],
    ['a lease too short', `${web}lease: 1s\n`, 'seatrial.yaml:5: `lease`'],
    [
      'a duplicate key',
      `${web}plans: a\nplans: b\n`,
      'seatrial.yaml:6: this is no YAML that we read: Map keys must be unique',
    ],
    ['broken YAML', `${web}plans: [\n`, 'seatrial.yaml:'],
    ['two documents', `${web}---\n${web}`, 'seatrial.yaml:'],
    ['a tag', `${web}plans: !!js/function "x"\n`, 'seatrial.yaml:5: this is no YAML that we read'],
    ['a __proto__ key', `${web}__proto__: { engine: local }\n`, 'seatrial.yaml:5: `__proto__` is no key.'],
    ['a __proto__ service', `${web}  __proto__: { command: x }\n`, 'seatrial.yaml:5: `__proto__` is no key.'],
    ['a key that is a map', `${web}? { a: 1 }\n: 2\n`, 'seatrial.yaml:5: a key has to be plain text.'],
    ['an unknown alias', `${web}plans: *x\n`, 'seatrial.yaml:'],
    ['deep nesting', `${web}plans: ${'['.repeat(50_000)}`, 'seatrial.yaml:'],
    ['a negated glob', `${web}ignore: ["!web/**"]\n`, 'seatrial.yaml:5: `ignore.0` holds "!web/**"'],
    ['a glob out of the root', `${web}ignore: [../x/**]\n`, 'seatrial.yaml:5: `ignore.0` holds "../x/**"'],
    [
      'a reference to no service',
      `${web}    env: { X: "{{ services.db.url }}" }\n`,
      'seatrial.yaml:5: `services.web.env.X` refers to {{ services.db.url }}, but there is no service `db` (there are web).',
    ],
    [
      'an unknown reference',
      `${web}    env:\n      A: b\n      X: "{{ host }}"\n`,
      'seatrial.yaml:7: `services.web.env.X` refers to {{ host }}; there are',
    ],
    [
      'an expression',
      `${web}    env: { X: "{{ port + 1 }}" }\n`,
      'seatrial.yaml:5: `services.web.env.X` {{ port + 1 }} is no reference',
    ],
    [
      'a bad variable',
      `${web}    env: { "A=B": x }\n`,
      'seatrial.yaml:5: `services.web.env.A=B` must be the name',
    ],
  ])('with %s is refused, with line, meaning and what to write', (_, text, what) => {
    const error = problem(text);
    expect(error.code).toBe('invalid-config');
    expect(error.message).toContain(what);
    expect(error.text.next).toMatch(/\.$/);
  });

  test('an error says what the key means, what to write, and what else is wrong', () => {
    expect(problem(`${web}engine: docker\nlease: soon\n`).data).toMatchInlineSnapshot(`
      {
        "code": "invalid-config",
        "next": "Write for example \`engine: local\`.",
        "what": "seatrial.yaml:5: \`engine\` invalid option: expected one of "auto"|"local"|"kubernetes".",
        "why": "\`engine\`: What runs sandboxes. \`auto\`: Kubernetes where a \`kubernetes\` section is, else processes on this machine. Further problems: seatrial.yaml:6 \`lease\` must be a length of time such as 30m, 2h or 90s",
      }
    `);
  });

  test('a YAML alias bomb is refused', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x, x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    );
    expect(problem(`${levels.join('\n')}\n`).message).toContain('alias');
  });

  test.each([
    ['plans', `${web}plans: ../plans\n`],
    ['plans', `${web}plans: /etc\n`],
    ['plans', `${web}plans: a/../../b\n`],
    ['services.web.cwd', `${web}    cwd: ..\n`],
    ['services.web.link.0', `${web}    link: [../node_modules]\n`],
    ['services.web.link.0', `${web}    link: [.]\n`],
  ])('%s that leads out of the root is out-of-root', (key, text) => {
    const error = problem(text);
    expect(error).toMatchObject({
      code: 'out-of-root',
      message: expect.stringContaining(`seatrial.yaml:5: \`${key}\``),
    });
  });

  test('any text is read or refused with a SeatrialError', () => {
    const piece = fc.constantFrom(
      'services',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '"',
      "'",
      'web',
      'command',
      '|',
      '? ',
      '!!',
      '#',
      '\t',
      '\0',
      '<<',
      '%YAML 1.1\n',
      '---\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            parse(text);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(SeatrialError);
          }
        },
      ),
    );
  });

  test('a service called constructor is only there when the file names it', () => {
    expect(parse(web).services.constructor).toBeUndefined();
    const config = parse('services: { constructor: { command: x, paths: [x] } }\n');
    expect(Object.entries(config.services)).toMatchObject([['constructor', { command: 'x' }]]);
  });
});

describe('loading', () => {
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-config-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const write = (text: string) => writeFileSync(join(root, 'seatrial.yaml'), text);

  test('defaults < file < environment < flags, and each value knows its origin', async () => {
    write(`${web}engine: local\nplans: from-file\nlease: 10m\nmaxSandboxes: 2\n`);
    const env = {
      SEATRIAL_PLANS: 'from-env',
      SEATRIAL_LEASE: '20m',
      SEATRIAL_MAX_SANDBOXES: '7',
      SEATRIAL_ENGINE: '',
    };
    const { config, origins } = await loadConfig({
      root,
      env,
      flags: { lease: '1h', 'baseline.ref': '1234567' },
    });
    expect(config).toMatchObject({
      engine: 'local',
      plans: 'from-env',
      leaseSeconds: 3600,
      maxSandboxes: 7,
      baseline: { ref: '1234567' },
    });
    expect(origins).toMatchObject({
      engine: 'file',
      plans: 'environment',
      maxSandboxes: 'environment',
      lease: 'flag',
      'baseline.ref': 'flag',
      ignore: 'default',
      'services.web.command': 'file',
      'services.web.ready': 'default',
    });
  });

  test('a wrong variable or flag is named instead of a line', async () => {
    write(web);
    await expect(loadConfig({ root, env: { SEATRIAL_ENGINE: 'docker' } })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(/^SEATRIAL_ENGINE: `engine` invalid option/),
    });
    const flags = { maxSandboxes: 'many' };
    await expect(loadConfig({ root, env: {}, flags })).rejects.toMatchObject({
      message: expect.stringMatching(/^--max-sandboxes: `maxSandboxes` invalid input/),
    });
    await expect(loadConfig({ root, env: { SEATRIAL_PLANS: '/etc' } })).rejects.toMatchObject({
      code: 'out-of-root',
      message: expect.stringMatching(/^SEATRIAL_PLANS: /),
    });
  });

  test('without a file it is no-config with an example that is accepted', async () => {
    await expect(loadConfig({ root, env: {} })).rejects.toMatchObject({
      code: 'no-config',
      text: { next: expect.stringContaining(exampleConfig) },
    });
    expect(exampleConfig.split('\n')).toHaveLength(5);
    expect(parse(exampleConfig).services.web?.ready).toEqual({ kind: 'http', path: '/healthz' });
  });

  test('a folder in place of the file is invalid-config', async () => {
    mkdirSync(join(root, 'seatrial.yaml'));
    await expect(loadConfig({ root, env: {} })).rejects.toMatchObject({ code: 'invalid-config' });
  });

  test('symbolic links do not lead out: not the file, its plans, a cwd, nor the folder of a link', async () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), 'seatrial-outside-')));
    try {
      writeFileSync(join(outside, 'seatrial.yaml'), 'secret: text');
      symlinkSync(join(outside, 'seatrial.yaml'), join(root, 'seatrial.yaml'));
      const error = await loadConfig({ root, env: {} }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'out-of-root' });
      expect(JSON.stringify((error as SeatrialError).data)).not.toContain('secret');
      rmSync(join(root, 'seatrial.yaml'));
      symlinkSync(outside, join(root, 'out'));
      symlinkSync('loop', join(root, 'loop'));
      for (const line of [
        'plans: out',
        'plans: out/plans/deep',
        'plans: loop',
        '    cwd: out',
        '    link: [out/x]',
      ]) {
        write(line.startsWith(' ') ? `${web}${line}\n` : `${line}\n${web}`);
        await expect(loadConfig({ root, env: {} }), line).rejects.toMatchObject({ code: 'out-of-root' });
      }
      write(`${web}    link: [out]\n`);
      expect((await loadConfig({ root, env: {} })).config.services.web?.link).toEqual(['out']);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });
});

import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  anyTypes,
  importForms,
  importsOf,
  levelProblems,
  lineCount,
  readSources,
  rings,
  type SourceFile,
  touchesProcess,
  unitOf,
} from './support/architecture.ts';

const root = join(import.meta.dirname, '..');
const files = readSources(root, ['src', 'tools']);

/** They are programs of their own, started by `main.ts` or from it. */
const programs = ['src/main.ts', 'src/local/watchdog.ts'];

/** Only `kill` signals a process group; one file may have it, and nothing else of `process`. */
function signalsAlone({ path, text }: SourceFile): boolean {
  const rest = text.replace("import { kill } from 'node:process';\n", '');
  return path === 'src/local/signal.ts' && touchesProcess([{ path, text: rest }]).length === 0;
}

describe('the sources', () => {
  test('import only from folders of a lower level: never sideways, never upward, types included', () => {
    expect(levelProblems(files)).toEqual([]);
  });

  test('form no ring', () => {
    expect(rings(files)).toEqual([]);
  });

  test('have at most 400 lines, and half of them at most 100', () => {
    const lengths = files.map((file) => ({ path: file.path, lines: lineCount(file) }));
    expect(lengths.filter(({ lines }) => lines > 400)).toEqual([]);
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    expect(sorted[Math.floor((sorted.length - 1) / 2)]).toBeLessThanOrEqual(100);
  });

  test('touch `process` only where a program begins', () => {
    const judged = files.filter((file) => !programs.includes(file.path) && !signalsAlone(file));
    expect(touchesProcess(judged)).toEqual([]);
  });

  test('hold no `any`', () => {
    expect(anyTypes(files)).toEqual([]);
  });

  test('import what Node brings by `node:`, and each other with `.ts`', () => {
    expect(importForms(files, builtinModules)).toEqual([]);
  });

  test('are named in kebab-case, without barrels', () => {
    const names = files.map(({ path }) => path.split('/').at(-1) ?? '');
    const odd = names.filter(
      (name) => !/^[a-z0-9]+([-.][a-z0-9]+)*\.ts$/.test(name) && !/^[a-z_]+\.ts$/.test(name),
    );
    expect(odd).toEqual([]);
    expect(names.filter((name) => name === 'index.ts')).toEqual([]);
  });

  test('name @kubernetes/client-node only in kube/client.ts', () => {
    const users = files.filter(({ text }) =>
      importsOf(text).some((name) => name.startsWith('@kubernetes/client-node')),
    );
    expect(users.filter(({ path }) => path !== 'src/kube/client.ts')).toEqual([]);
  });

  test('are mirrored by their tests: a folder of tests tests a folder of sources', () => {
    const units = new Set(files.map(({ path }) => unitOf(path)));
    const folders = readdirSync(join(root, 'test'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const known = ['support', 'shop', 'security', 'guards', 'bench', 'demo', 'faults', 'docs', 'diff-bench'];
    known.push('cluster', 'cluster-suite');
    expect(
      folders.map(({ name }) => name).filter((name) => !units.has(name) && !known.includes(name)),
    ).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const file = (path: string, text: string): SourceFile => ({ path, text });

  test('see every way to import', () => {
    const text = `
import a from './a.ts';
import type { B } from "./b.ts";
import {
  c,
  type D,
} from './c.ts';
import './d.ts'; import * as e from './e.ts';
export * from './f.ts';
export { g } from './g.ts';
export type { H } from './h.ts';
const i = await import('./i.ts');
type J = import('./j.ts').J;
import{k}from'./k.ts';
import l, { m } from './l.ts';
import data from './m.json' with { type: 'json' };
const n = require('./n.ts');
/* import './no1.ts'; */ // import './no2.ts';
const text = "import './no3.ts';";
const more = \`
import './no4.ts';
\`;
export const from = 'x'; export function f() { return './no5.ts'; }
`;
    const letters = 'abcdefghijkl'.split('').map((letter) => `./${letter}.ts`);
    expect(importsOf(text).sort()).toEqual([...letters, './m.json', './n.ts'].sort());
  });

  test.each([
    ['upward', 'src/diff/a.ts', "import type { X } from '../sandbox/b.ts';"],
    ['sideways', 'src/diff/a.ts', "export { x } from '../config/b.ts';"],
    ['sideways', 'src/mcp/a.ts', "const x = await import('../cli/b.ts');"],
    ['upward', 'src/host/a.ts', "import { x } from '../../tools/b.ts';"],
    ['upward', 'src/errors.ts', "import { x } from './config/b.ts';"],
    ['sideways', 'src/util/a.ts', "import { x } from '../errors.ts';"],
    ['unknown', 'src/main.ts', "import { x } from '../test/b.ts';"],
  ])('find an import that goes %s', (how, path, text) => {
    expect(levelProblems([file(path, text)])).toEqual([expect.stringContaining(`(${how})`)]);
  });

  test('let imports from below and within a folder pass, and refuse a folder without a level', () => {
    const text = "import './b.ts'; import '../diff/b.ts'; import '../errors.ts'; import 'zod';";
    expect(levelProblems([file('src/verdict/a.ts', text)])).toEqual([]);
    expect(levelProblems([file('src/helpers/a.ts', '')])).toEqual([expect.stringContaining('in no level')]);
  });

  test('find a ring, of types too', () => {
    const ring = [
      file('src/diff/a.ts', "import type { B } from './b.ts';"),
      file('src/diff/b.ts', "import { c } from './c.ts';"),
      file('src/diff/c.ts', "export type { A } from './a.ts';"),
      file('src/diff/d.ts', "import './a.ts';"),
    ];
    expect(rings(ring)).toEqual(['src/diff/a.ts → src/diff/b.ts → src/diff/c.ts → src/diff/a.ts']);
    expect(rings(ring.slice(1))).toEqual([]);
  });

  test.each([
    'const env = process.env;',
    "process.on('exit', f);",
    'x = process?.pid;',
    "import process from 'node:process';",
    "import { env } from 'process';",
    'globalThis.process.exit(1);',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: source that holds a template
    'const text = `pid ${process.pid}`;',
  ])('find process in %j', (text) => {
    expect(touchesProcess([file('src/a.ts', text)])).toEqual(['src/a.ts']);
  });

  test.each([
    '// process.env',
    "const text = 'process.env';",
    'child.process.pid',
    'start(process: Child) { process.kill(); }',
    'const process = spawn(); process.kill();',
    'subprocess.pid',
    'const a = /process.env/;',
  ])('find none in %j', (text) => {
    expect(touchesProcess([file('src/a.ts', text)])).toEqual([]);
  });

  test('let one file have `kill`, and no more of process', () => {
    const kill = "import { kill } from 'node:process';\n";
    expect(signalsAlone(file('src/local/signal.ts', kill))).toBe(true);
    expect(signalsAlone(file('src/local/other.ts', kill))).toBe(false);
    expect(signalsAlone(file('src/local/signal.ts', `${kill}process.env.X;`))).toBe(false);
    expect(signalsAlone(file('src/local/signal.ts', "import { env, kill } from 'node:process';\n"))).toBe(
      false,
    );
  });

  test('find any where it is a type, and nowhere else', () => {
    const text =
      'let a: any;\nb as any;\nMap<string, any>;\nlet c: any[];\n// d: any\nconst e = "x: any";\nfew.any();\nlet any = 1;\n';
    expect(anyTypes([file('src/a.ts', text)])).toEqual([
      'src/a.ts:1',
      'src/a.ts:2',
      'src/a.ts:3',
      'src/a.ts:4',
    ]);
  });

  test('find a module of Node without node:, and an import without .ts', () => {
    const text = "import { readFile } from 'fs/promises'; import './b.js'; import 'node:fs'; import 'yaml';";
    expect(importForms([file('src/a.ts', text)], builtinModules)).toHaveLength(2);
  });
});

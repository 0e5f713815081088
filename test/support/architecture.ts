import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** Reads the sources as the architecture's rules see them: who imports whom, how long, what is touched. */

export interface SourceFile {
  /** From the root, such as `src/diff/find.ts`. */
  readonly path: string;
  readonly text: string;
}

/** design.md, section 3. A name that ends in `.ts` is one file in `src/`. */
const levels: readonly (readonly string[])[] = [
  ['util', 'errors.ts', 'log.ts', 'exchange.ts'],
  ['config', 'diff', 'http', 'kube', 'git'],
  ['sandbox'],
  ['routing', 'verdict'],
  ['gateway'],
  ['local', 'cluster', 'operator'],
  ['compare'],
  ['plan'],
  ['report', 'tool'],
  ['host'],
  ['tools'],
  ['mcp', 'cli'],
  ['main.ts'],
];

export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => posix.join(folder, path))
        .sort()
        .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
    );
}

/** The part of the table that a file belongs to: its folder, or the file itself beside the folders. */
export function unitOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second : top;
}

export function levelOf(unit: string): number | null {
  const level = levels.findIndex((units) => units.includes(unit));
  return level === -1 ? null : level;
}

/** What a file imports, as written; `import type`, re-exports, side effects and `import()` count. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text).replace(tokens, (all) =>
    all.startsWith('`') && all.includes('\n') ? '``' : all,
  );
  const patterns = [
    /(?:^|[;}\n])\s*(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?(['"])([^'"\n]+)\1/g,
    /(?:^|[;}\n])\s*(?:import|export)\s*(?:type\s*)?[{*][^'"`;()]*?from\s*(['"])([^'"\n]+)\1/g,
    /(?:^|[;}\n])\s*import\s*(['"])([^'"\n]+)\1/g,
    /\bimport\s*\(\s*(['"`])([^'"`\n]+)\1\s*[,)]/g,
    /\brequire\s*\(\s*(['"`])([^'"`\n]+)\1\s*\)/g,
  ];
  const found = patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[2] ?? ''));
  return [...new Set(found)];
}

/** Imports of one folder from a level that is not lower, and files that no level names. */
export function levelProblems(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const unit = unitOf(path);
    const level = levelOf(unit);
    if (level === null) return [`${path}: \`${unit}\` is in no level of the table`];
    return relativeImports(path, text).flatMap((target) => {
      const targetUnit = unitOf(target);
      if (targetUnit === unit) return [];
      const targetLevel = levelOf(targetUnit);
      if (targetLevel !== null && targetLevel < level) return [];
      // `util/` and the three files beside it are one level, and `util/` imports nothing of ours.
      if (level === 0 && unit !== 'util' && targetLevel === 0) return [];
      const how = targetLevel === null ? 'unknown' : targetLevel === level ? 'sideways' : 'upward';
      return [`${path} imports ${target} (${how})`];
    });
  });
}

/** Rings of files that import each other, each once, as `a → b → a`. */
export function rings(files: readonly SourceFile[]): string[] {
  const edges = new Map(files.map(({ path, text }) => [path, relativeImports(path, text)]));
  const state = new Map<string, 'open' | 'done'>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

/** Built-in modules without `node:`, and relative imports without `.ts`. */
export function importForms(files: readonly SourceFile[], builtins: readonly string[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text).flatMap((name) => {
      if (name.startsWith('.'))
        return /\.(ts|json)$/.test(name) ? [] : [`${path} imports ${name} without .ts`];
      return builtins.includes(name) && !name.startsWith('node:')
        ? [`${path} imports ${name} without node:`]
        : [];
    }),
  );
}

/** Files that touch the global `process` or import it. */
export function touchesProcess(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ text }) => {
      const code = withoutStrings(withoutComments(text));
      const global =
        /(?<![\w$.'-])process\s*(?:\?\.|\.|\[)/.test(code) || /\bglobalThis\s*\.\s*process\b/.test(code);
      const declared = /\b(?:const|let|function)\s+process\b|[({,]\s*process\s*[,:)}?]/.test(code);
      return (global && !declared) || importsOf(text).some((name) => /^(node:)?process$/.test(name));
    })
    .map(({ path }) => path);
}

/** Lines with the type `any`. */
export function anyTypes(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    withoutStrings(withoutComments(text))
      .split('\n')
      .flatMap((line, index) =>
        /(?::|\bas|<|\||&|,|=>|=)\s*any\b(?!\s*[:(.])/.test(line) ? [`${path}:${index + 1}`] : [],
      ),
  );
}

export function lineCount(file: SourceFile): number {
  return file.text.replace(/\n$/, '').split('\n').length;
}

function relativeImports(path: string, text: string): string[] {
  return importsOf(text)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.normalize(posix.join(dirname(path), name)));
}

/** One pass over strings, templates and comments, so that neither is looked for inside the other. */
const tokens =
  /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<=[=(,:[!&|?{};\n]\s*|return\s)(\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)/g;

function withoutComments(text: string): string {
  return text.replace(tokens, (all, _string, comment?: string) =>
    comment === undefined ? all : comment.replace(/[^\n]/g, ' '),
  );
}

/** Strings and regular expressions emptied; what a template fills in is code and stays. */
function withoutStrings(text: string): string {
  return text.replace(tokens, (all, string?: string) => {
    if (string === undefined) return all.startsWith('/') ? '/ /' : all;
    if (!string.startsWith('`')) return "''";
    const filled = [...string.matchAll(/\$\{([^}]*)\}/g)].map((match) => match[1]);
    return `(${filled.join(';')})${string.replace(/[^\n]/g, '')}`;
  });
}

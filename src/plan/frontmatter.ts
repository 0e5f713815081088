import matter from 'gray-matter';
import type { PlanProblem } from './plan.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

export interface PlanText {
  /** Null where there is no frontmatter to read; `problems` say why. */
  readonly frontmatter: YamlSource | null;
  readonly body: string;
  /** The line of the file that `body` begins on. */
  readonly bodyLine: number;
  readonly problems: readonly PlanProblem[];
}

const example =
  'begin the file with a line `---`, then `seatrial: 1`, `name:`, `selectionHint:`, then a line `---`';

/**
 * Splits a plan into frontmatter and body. gray-matter does the splitting alone: by itself it evaluates `---js`
 * frontmatter, so every engine but YAML's is replaced by one that throws, YAML's by `readYaml`, and only a bare first
 * line `---` gets there at all (docs/decisions/0002-gray-matter-hardened.md). `text` has LF line ends and no BOM.
 */
export function splitFrontmatter(text: string): PlanText {
  const first = text.slice(0, text.search(/\n|$/));
  const language = /^---(?!-)[ \t]*(.*?)[ \t]*$/.exec(first)?.[1];
  if (language === undefined) return unreadable(text, `the file has no frontmatter: ${example}`);
  if (language !== '')
    return unreadable(text, 'only YAML frontmatter is read: the first line must be `---` alone');

  let source: YamlSource | null = null;
  const file = matter(text, {
    language: 'yaml',
    engines: {
      ...codeEngines,
      yaml: (yaml: string) => {
        source = readYaml(yaml, 1);
        return {};
      },
    },
  });
  const frontmatter = source as YamlSource | null;
  if (frontmatter === null) return unreadable(text, `the frontmatter is empty: ${example}`);
  const end = '---'.length + file.matter.length;
  const closing = text.slice(end).match(/^\n---[ \t]*(?:\n|$)/);
  const closingLine = lineCount(text.slice(0, end)) + 2;
  const problems =
    closing === null
      ? [
          {
            line: Math.min(closingLine, lineCount(text) + 1),
            message: 'the frontmatter is not closed by a line `---` of its own',
          },
        ]
      : [];
  return {
    frontmatter,
    body: file.content,
    bodyLine: lineCount(text.slice(0, text.length - file.content.length)) + 1,
    problems,
  };
}

function refuse(): never {
  throw new Error('only YAML frontmatter is read');
}

/** Every name under which gray-matter 4 knows or looks up an engine that is not YAML. */
const codeEngines = {
  js: refuse,
  javascript: refuse,
  json: refuse,
  coffee: refuse,
  cson: refuse,
  toml: refuse,
};

function unreadable(text: string, message: string): PlanText {
  return { frontmatter: null, body: text, bodyLine: 1, problems: [{ line: 1, message }] };
}

function lineCount(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

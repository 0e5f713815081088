import type { Code, Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { closest } from '../util/closest.ts';
import type { PlanProblem } from './plan.ts';

/** One fenced block `yaml step`. */
export interface StepBlock {
  readonly yaml: string;
  /** The line of the file with the opening fence. */
  readonly line: number;
  /** The heading above it; null where there is none. */
  readonly title: string | null;
}

/**
 * Inline markup means nothing in a plan, and steps lie in no quote or list. Reading those can take quadratic time:
 * 100,000 `>` kept the parser busy for a minute.
 */
const blocksOnly = {
  disable: {
    null: [
      'attention',
      'autolink',
      'blockQuote',
      'codeText',
      'definition',
      'hardBreakEscape',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
      'list',
    ],
  },
};

const looksLikeStep = /^[ \t>*+\d.)-]{0,40}(?:`{3,}|~{3,})[ \t]*ya?ml[ \t]+step\b/im;

/**
 * The step blocks of a plan's body, in order, and every near miss that would leave a step out without a word: another
 * spelling of the fence, a fence that is never closed, one that Markdown takes for indented code or HTML.
 */
export function stepBlocks(body: string, bodyLine: number): { blocks: StepBlock[]; problems: PlanProblem[] } {
  const blocks: StepBlock[] = [];
  const problems: PlanProblem[] = [];
  const lines = body.split('\n');
  let title: string | null = null;

  const code = (node: Code, start: number, end: number) => {
    const line = bodyLine + start - 1;
    const info = [node.lang, node.meta].filter((part) => part !== null && part !== undefined).join(' ');
    if (info === '' && looksLikeStep.test(node.value) && !isFence(lines[start - 1])) {
      problems.push({
        line,
        message: 'this step block is indented by four columns or more, so it is no block; indent it less',
      });
    }
    if (!isStepLike(info)) return;
    if (info !== 'yaml step') {
      problems.push({
        line,
        message: `\`${cut(info)}\` begins no step; write \`yaml step\` after the fence, or \`yaml\` alone for an example`,
      });
      return;
    }
    if (end === start || !isFence(lines[end - 1])) {
      problems.push({
        line,
        message: 'the step block is never closed; end it with a line of the same fence',
      });
      return;
    }
    blocks.push({ yaml: node.value, line, title });
  };

  for (const node of fromMarkdown(body, { extensions: [blocksOnly] }).children) {
    const position = node.position;
    if (position === undefined) continue;
    if (node.type === 'heading') title = cut(text(node).replace(/\s+/g, ' ').trim()) || null;
    if (node.type === 'code') code(node, position.start.line, position.end.line);
    if (node.type === 'paragraph' && looksLikeStep.test(text(node))) {
      problems.push({
        line: bodyLine + position.start.line - 1,
        message:
          'a step block in a quote or on the line of a list item is no block; begin its line with the fence',
      });
    }
    if (node.type === 'html' && looksLikeStep.test(node.value) && !node.value.startsWith('<!--')) {
      problems.push({
        line: bodyLine + position.start.line - 1,
        message: 'a step block inside this HTML is no block; put an empty line after the HTML tag',
      });
    }
  }
  return { blocks, problems };
}

/** Meant as a step, rightly or wrongly written; an example of plain YAML is not. */
function isStepLike(info: string): boolean {
  const [language = '', ...words] = info.toLowerCase().split(/[\s,{}=:_-]+/);
  if ([language, ...words].some((word) => word === 'step' || word === 'steps')) return true;
  return (
    closest(language, ['yaml', 'yml']) !== null && words.some((word) => closest(word, ['step']) !== null)
  );
}

function isFence(line: string | undefined): boolean {
  return line !== undefined && /^ {0,3}(?:`{3,}|~{3,})/.test(line);
}

function text(node: Nodes): string {
  if ('value' in node) return node.value;
  return 'children' in node ? node.children.map(text).join('') : '';
}

function cut(title: string): string {
  return title.length > 120 ? `${title.slice(0, 119)}…` : title;
}

import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, test } from 'vitest';
import { reportMarkdown } from '../../src/report/markdown.ts';
import type { Evidence } from '../../src/verdict/evidence.ts';
import type { Verdict } from '../../src/verdict/verdict.ts';
import { evidence, failed, finding, hostile, passed } from './samples.ts';

const base = {
  run: 'r-7',
  startedAt: '2026-11-22T10:00:00Z',
  sinceLast: null,
  evidenceFile: 'evidence.json',
};

describe('the report of a run', () => {
  test('holds all that the run saw', () => {
    const sinceLast = { run: 'r-6', verdict: 'failed' as const, fixed: ['a'], added: [], remaining: 2 };
    expect(reportMarkdown({ ...base, verdict: failed, evidence, sinceLast })).toMatchSnapshot();
  });

  test('of a smart diff without a plan', () => {
    const bare: Evidence = {
      ...evidence,
      plan: null,
      passes: [],
      forks: { ...evidence.forks, stale: [] },
      receipts: { complete: true, incompleteReason: null, counts: [] },
    };
    expect(reportMarkdown({ ...base, verdict: passed, evidence: bare })).toMatchSnapshot();
  });

  test('keeps the text of services from being Markdown', () => {
    const verdict: Verdict = {
      ...failed,
      next: hostile,
      reasons: failed.reasons.map((reason) => ({ ...reason, message: hostile, next: hostile })),
      warnings: [hostile],
      checks: failed.checks.map((check) => ({ ...check, id: hostile, title: hostile, details: [hostile] })),
      findings: [
        {
          ...finding,
          request: hostile,
          service: hostile,
          place: hostile,
          before: hostile,
          after: { [hostile]: hostile },
          why: hostile,
          effect: hostile,
        },
      ],
      unproven: { forks: [hostile], services: [hostile] },
    };
    const odd: Evidence = {
      ...evidence,
      sandbox: hostile,
      change: { files: [{ path: hostile, services: [], ignored: false }] },
      passes: evidence.passes.map((pass) => ({
        ...pass,
        sent: pass.sent.map((sent) => ({ ...sent, id: hostile, service: hostile })),
      })),
      receipts: {
        complete: false,
        incompleteReason: hostile,
        counts: [{ correlation: 'aaaaaaaa', service: hostile, destination: 'fork', count: 1 }],
      },
    };
    const text = reportMarkdown({ ...base, verdict, evidence: odd });
    const calm = reportMarkdown({ ...base, verdict: failed, evidence });
    const headings = (markdown: string) =>
      fromMarkdown(markdown).children.filter(({ type }) => type === 'heading').length;
    expect(headings(text)).toBe(headings(calm));
    const types = new Set<string>();
    const visit = (node: { type: string; children?: unknown[] }) => {
      types.add(node.type);
      for (const child of node.children ?? []) visit(child as { type: string });
    };
    visit(fromMarkdown(text));
    expect([...types].sort()).toEqual([
      'heading',
      'inlineCode',
      'list',
      'listItem',
      'paragraph',
      'root',
      'strong',
      'text',
    ]);
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(7);
  });

  test('is bounded, whatever the run saw', () => {
    const verdict: Verdict = {
      ...failed,
      findings: Array.from({ length: 5000 }, (_, index) => ({
        ...finding,
        place: `$.a${index}`,
        before: 'x'.repeat(10_000),
      })),
    };
    const sent = evidence.passes[1]?.sent ?? [];
    const many: Evidence = {
      ...evidence,
      passes: Array.from({ length: 14 }, (_, index) => ({
        number: index,
        side: 'sandbox',
        sent: Array(500).fill(sent[0]),
      })),
    };
    const text = reportMarkdown({ ...base, verdict, evidence: many });
    expect(text.length).toBeLessThan(3_000_000);
    expect(text).toContain('and 4500 more, in the evidence');
    expect(text).toContain('and 6000 more rows');
  });
});

import type { CapturedAnswer, PairAnswers } from '../compare.ts';
import type { Reading } from '../read/answer.ts';
import { type Node, stringNode } from '../read/node.ts';
import { eachId, eachNumber, requestValues } from './sites.ts';
import type { View } from './view.ts';

/** Shorter values are equal by chance too often to be taken for an echo. */
const shortest = 6;

interface Pass {
  /** Site → the symbol's value in this pass, in the order of the session. */
  readonly sent: Map<string, string>;
  /** Its answers, in the order of the session. */
  readonly answers: (readonly [pairId: string, reading: Reading])[];
}

interface Ids {
  /** Id → the places where it stands. */
  readonly sites: ReadonlyMap<string, ReadonlySet<string>>;
  readonly places: ReadonlySet<string>;
}

/**
 * What the passes of a session repeat of themselves: values that they sent, and ids that stand in several places. A
 * pass is known by its number; the same request has the same site in every pass. Ids are looked for when they are first
 * asked for: most comparisons never do.
 */
export function relationsOf(
  pairs: readonly PairAnswers[],
  readingsOf: (captured: CapturedAnswer) => Reading,
): (pair: PairAnswers, answers: readonly CapturedAnswer[]) => View {
  const passes = new Map<number, Pass>();
  for (const pair of pairs) {
    for (const captured of [...pair.baseline, ...pair.candidate]) {
      const pass: Pass = passes.get(captured.pass) ?? { sent: new Map(), answers: [] };
      passes.set(captured.pass, pass);
      pass.answers.push([pair.id, readingsOf(captured)]);
      if (captured.request === undefined) continue;
      for (const [site, text] of requestValues(captured.request)) {
        const key = `${pair.id} ${site}`;
        if (!pass.sent.has(key)) pass.sent.set(key, text);
      }
    }
  }
  const echoes = new Map([...passes].map(([number, { sent }]) => [number, echoesOf(sent, changing(passes))]));
  const known = new Map<string, Ids>();
  const idsOfPass = (number: number, kind: 'ids' | 'numbers'): Ids => {
    const key = `${kind} ${number}`;
    const each = kind === 'ids' ? eachId : eachNumber;
    const ids = known.get(key) ?? collectIds(passes.get(number)?.answers ?? [], each);
    known.set(key, ids);
    return ids;
  };
  return (pair, answers) => viewOf(pair, answers, readingsOf, idsOfPass, echoes);
}

function collectIds(answers: Pass['answers'], each: typeof eachId): Ids {
  const sites = new Map<string, Set<string>>();
  const places = new Set<string>();
  for (const [pairId, reading] of answers) {
    each(reading, (place, text) => {
      const site = `${pairId} ${place}`;
      const of = sites.get(text) ?? new Set();
      sites.set(text, of.add(site));
      places.add(site);
    });
  }
  return { sites, places };
}

/** Sites whose value is not the same in all passes. The others need no symbol: they are equal as they are. */
function changing(passes: ReadonlyMap<number, Pass>): ReadonlySet<string> {
  const values = new Map<string, Set<string>>();
  for (const { sent } of passes.values()) {
    for (const [site, text] of sent) values.set(site, (values.get(site) ?? new Set()).add(text));
  }
  return new Set([...values].filter(([, texts]) => texts.size > 1).map(([site]) => site));
}

function echoesOf(
  sent: ReadonlyMap<string, string>,
  sites: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const echoes = new Map<string, string>();
  for (const [site, text] of sent) {
    if (sites.has(site) && text.length >= shortest && !echoes.has(text)) echoes.set(text, `‹sent: ${site}›`);
  }
  return new Map([...echoes].sort(([one], [other]) => other.length - one.length));
}

function viewOf(
  pair: PairAnswers,
  answers: readonly CapturedAnswer[],
  readingsOf: (captured: CapturedAnswer) => Reading,
  idsOfPass: (number: number, kind: 'ids' | 'numbers') => Ids,
  echoes: ReadonlyMap<number, ReadonlyMap<string, string>>,
): View {
  const none: ReadonlySet<string> = new Set();
  const ids = (answer: number, kind: 'ids' | 'numbers' = 'ids'): Ids | null => {
    const captured = answers[answer];
    return captured === undefined ? null : idsOfPass(captured.pass, kind);
  };
  return {
    seen: (answer, node) => {
      const known = echoes.get(answers[answer]?.pass ?? -1);
      return known === undefined || known.size === 0 ? node : echoed(node, known);
    },
    sent: (answer) => {
      const captured = answers[answer];
      return captured === undefined ? null : readingsOf(captured).sent;
    },
    own: (answer) => answers[answer]?.own ?? null,
    elsewhere: (answer, text, place) => {
      const sites = new Set(ids(answer)?.sites.get(text) ?? none);
      sites.delete(`${pair.id} ${place}`);
      return sites;
    },
    earlier: (answer, text, place) => {
      const sites = [...(ids(answer)?.sites.get(text) ?? none)];
      const own = sites.indexOf(`${pair.id} ${place}`);
      return new Set(own < 0 ? [] : sites.slice(0, own));
    },
    hasId: (answer, site) => ids(answer)?.places.has(site) ?? false,
    numbered: (answer, text, place) => {
      const sites = new Set(ids(answer, 'numbers')?.sites.get(text) ?? none);
      sites.delete(`${pair.id} ${place}`);
      return sites;
    },
    hasNumber: (answer, site) => ids(answer, 'numbers')?.places.has(site) ?? false,
  };
}

function echoed(node: Node, echoes: ReadonlyMap<string, string>): Node {
  if (node.kind === 'number') {
    const symbol = echoes.get(node.raw);
    return symbol === undefined ? node : stringNode(symbol);
  }
  if (node.kind !== 'string') return node;
  let text = node.text;
  for (const [value, symbol] of echoes) if (text.includes(value)) text = text.replaceAll(value, symbol);
  return text === node.text ? node : stringNode(text);
}

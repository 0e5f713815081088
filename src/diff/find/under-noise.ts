import type { Node } from '../read/node.ts';
import { fewAnswers, manyAnswers, type UnderNoise } from './difference.ts';
import { isIdLike, stringFormat } from './format.ts';
import { isPodName } from './own.ts';
import { reshaped } from './shapes.ts';
import { foreignWord, otherDomain, recased, reworded, spoiled } from './wording.ts';

/** What still shows in strings that are another one in each baseline answer; null where nothing does. */
export function textsUnderNoise(
  before: readonly Node[],
  after: readonly Node[],
  formatForgiven: boolean,
): UnderNoise | null {
  const was = texts(before);
  const is = texts(after);
  if (was === null || is === null || was.length < fewAnswers || is.length < fewAnswers) return null;
  return (
    emptied(was, is) ??
    frozen(was, is) ??
    spoiled(was, is) ??
    (formatForgiven ? null : (rewritten(was, is) ?? reshaped(was, is))) ??
    otherDomain(was, is) ??
    reworded(was, is) ??
    foreignWord(was, is) ??
    recased(was, is)
  );
}

function texts(nodes: readonly Node[]): string[] | null {
  const found = nodes.flatMap((node) => (node.kind === 'string' ? [node.text] : []));
  return found.length === nodes.length ? found : null;
}

/** What languages and databases have where nothing was put in: 1970 for Unix, the year 1 for Go and .NET. */
const voids: readonly (readonly [what: string, needs: number, RegExp])[] = [
  ['empty', manyAnswers, /^$/],
  ['the nil UUID', fewAnswers, /^0{8}-0{4}-0{4}-0{4}-0{12}$/],
  ['a zero time', fewAnswers, /^(?:1970|0001)-01-01[Tt ]00:00(?::00(?:[.,]0+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?$/],
  ['null in letters', manyAnswers, /^(?:null|None|nil)$/],
];

function emptied(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const found = voids.find(([, , form]) => is.every((text) => form.test(text)));
  if (found === undefined || was.some((text) => found[2].test(text))) return null;
  return { kind: 'value', needs: found[1], steady: `no baseline value is ${found[0]}` };
}

/**
 * Where each baseline answer has an id of its own, one that all answers of the candidate share is none. Names of pods look
 * the same where the baseline has many and the fork is one.
 */
function frozen(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const isId = (text: string): boolean => text.length >= 16 && isIdLike(text);
  if (!was.every(isId) || !is.every(isId) || new Set(was).size < was.length || new Set(is).size > 1)
    return null;
  if (was.every((text) => isPodName(text))) return null;
  const steady = 'each baseline answer has an id of its own here';
  const vague = was.some((text) => stringFormat(text) === 'token');
  return { kind: 'value', needs: manyAnswers, steady, ...(vague ? { quiet: true as const } : {}) };
}

const forms: readonly (readonly [what: string, (text: string) => boolean])[] = [
  ['in lower case', (text) => stringFormat(text) === 'uuid' && /[a-f]/.test(text) && !/[A-F]/.test(text)],
  ['in upper case', (text) => stringFormat(text) === 'uuid' && /[A-F]/.test(text) && !/[a-f]/.test(text)],
  ['a time with Z', (text) => stringFormat(text) === 'timestamp-utc' && /z$/i.test(text)],
  ['a time with +00:00', (text) => stringFormat(text) === 'timestamp-utc' && /\d$/.test(text)],
];

/** The same kind of value, written in another way. */
function rewritten(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const formOf = (all: readonly string[]): string | null =>
    forms.find(([, fits]) => all.every(fits))?.[0] ?? null;
  const before = formOf(was);
  const after = formOf(is);
  if (before === null || after === null || before === after) return null;
  return { kind: 'format', needs: fewAnswers, steady: `every baseline value is ${before}` };
}

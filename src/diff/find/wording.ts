import { fewAnswers, manyAnswers, type UnderNoise } from './difference.ts';
import { stringFormat } from './format.ts';

/** What programs write where a value was missing or was no text. */
const leftovers = /\bundefined\b|\bNaN\b|\[object [A-Z]\w*\]|\$\{|\{\{/;

export function spoiled(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const only = (form: RegExp): boolean =>
    is.every((text) => form.test(text)) && !was.some((text) => form.test(text));
  if (only(leftovers)) {
    const steady = 'no baseline value holds what is written where a value is missing';
    return { kind: 'value', needs: fewAnswers, steady };
  }
  const framed = only(/^\s|\s$/) ? 'white space at its ends' : only(/^".*"$/s) ? 'quotes around it' : null;
  if (framed === null) return null;
  return { kind: 'value', needs: manyAnswers, steady: `no baseline value has ${framed}`, quiet: true };
}

/** The part after the `@` says who runs the address. */
export function otherDomain(was: readonly string[], is: readonly string[]): UnderNoise | null {
  if (![...was, ...is].every((text) => stringFormat(text) === 'email')) return null;
  const domainOf = (text: string): string => text.slice(text.lastIndexOf('@')).toLowerCase();
  const [domain, ...others] = new Set(was.map(domainOf));
  if (domain === undefined || others.length > 0 || is.some((text) => domainOf(text) === domain)) return null;
  return {
    kind: 'value',
    needs: manyAnswers,
    steady: `every baseline value ends with ${domain}`,
    quiet: true,
  };
}

/** Words beside a number that hang on it, or on how long a process has been there. */
const units =
  /^(?:(?:milli|micro|nano)?seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|ago|ms|bytes?|[kmgt]i?b|a|an|just|now|up|for|about|less|more|than)$/i;

/**
 * A text in which most words stand still says with them what varies in the others: `Order 8f3a was not found`. A word of
 * those that no candidate answer has in its turn is another text, or one that was cut.
 */
export function reworded(was: readonly string[], is: readonly string[]): UnderNoise | null {
  const lists = was.map(wordsOf);
  const [first = []] = lists;
  if (first.length < 3 || first.length > 200 || lists.some((list) => list.length !== first.length))
    return null;
  const steady = first.filter((word, at) => isWord(word) && lists.every((list) => list[at] === word));
  if (steady.length < 2 || steady.length * 2 < first.length) return null;
  const told = steady.filter((word) => !units.test(word));
  if (told.length === 0 || is.some((text) => holds(wordsOf(text), told))) return null;
  return {
    kind: 'value',
    needs: manyAnswers,
    steady: 'every baseline value has the same words around what varies',
    quiet: true,
  };
}

function wordsOf(text: string): string[] {
  return text
    .slice(0, 4000)
    .split(/[\s.,;:!?()"'<>=]+/)
    .filter((word) => word !== '');
}

/** A word with digits may be the name of a host, or data. */
function isWord(word: string): boolean {
  return /^\p{L}[\p{L}'’-]*$/u.test(word);
}

function holds(words: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const word of words) if (word === wanted[at]) at += 1;
  return at === wanted.length;
}

/** Few words that come in turn are states or kinds; one that the baseline has never is a state more. */
export function foreignWord(was: readonly string[], is: readonly string[]): UnderNoise | null {
  if (![...was, ...is].every((text) => /^(?:[a-z]{2,30}|[A-Z][A-Z_]{1,30}|[A-Z][a-z]{1,30})$/.test(text)))
    return null;
  const known = new Set(was);
  if (known.size < 2 || known.size > 3 || new Set(is).size > 1 || known.has(is[0] ?? '')) return null;
  const steady = `every baseline value is one of ${[...known].sort().join(', ')}`;
  return { kind: 'value', needs: manyAnswers, steady, quiet: true };
}

/** Names and titles that are all in one case. */
export function recased(was: readonly string[], is: readonly string[]): UnderNoise | null {
  if (new Set(is).size < 3 && is.length >= manyAnswers) return null;
  const mixed = was.every((text) => /[A-Z]/.test(text) && /[a-z]/.test(text));
  const letters = is.every((text) => /[A-Za-z]{3}/.test(text));
  const oneCase = is.every((text) => !/[A-Z]/.test(text)) || is.every((text) => !/[a-z]/.test(text));
  if (!mixed || !letters || !oneCase) return null;
  const steady = 'every baseline value has letters of both cases';
  return { kind: 'value', needs: manyAnswers, steady, quiet: true };
}

import { isDeepStrictEqual } from 'node:util';
import { createContext, Script } from 'node:vm';

/** What `$type` may name. `integer` is a number without fraction. */
const types = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;

/** Longer strings are not matched: the pattern comes from a plan, and so may be slow. */
const maxSubject = 10_000;
const maxMatchMs = 250;

interface Matcher {
  /** Null where the argument is one that the matcher takes, else what it takes. */
  readonly refuses: (argument: unknown) => string | null;
  /** Null where the value fits, else what it should be: `a string`. `found` is false where there is no value. */
  readonly misses: (argument: unknown, value: unknown, found: boolean) => string | null;
}

const matchers: Readonly<Record<string, Matcher>> = {
  $equals: {
    refuses: () => null,
    misses: (wanted, value, found) => (found && isDeepStrictEqual(value, wanted) ? null : show(wanted)),
  },
  $exists: {
    refuses: (argument) => (typeof argument === 'boolean' ? null : 'true or false'),
    misses: (wanted, _, found) => (found === wanted ? null : wanted === true ? 'any value' : 'no value'),
  },
  $type: {
    refuses: (argument) => (types.some((type) => type === argument) ? null : `one of ${types.join(', ')}`),
    misses: (wanted, value, found) => (found && isOfType(value, wanted) ? null : `of type ${String(wanted)}`),
  },
  $matches: {
    refuses: (argument) => (typeof argument === 'string' ? patternProblem(argument) : 'a regular expression'),
    misses: (wanted, value, found) =>
      found && typeof value === 'string' && matchesPattern(String(wanted), value)
        ? null
        : `a string that matches ${String(wanted)}`,
  },
  $length: {
    refuses: (argument) =>
      Number.isSafeInteger(argument) && Number(argument) >= 0 ? null : 'a whole number from 0',
    misses: (wanted, value, found) =>
      found && (typeof value === 'string' || Array.isArray(value)) && value.length === wanted
        ? null
        : `a string or array of length ${String(wanted)}`,
  },
};

/** Null where `wanted` is a value or a well-formed matcher, else what is wrong with it. For lints of plans. */
export function matcherProblem(wanted: unknown): string | null {
  const one = asMatcher(wanted);
  if (one === null) return null;
  const matcher = matchers[one.name];
  if (matcher === undefined) {
    const known = Object.keys(matchers).join(', ');
    return `${one.name} is no matcher; there are ${known} (an object that looks so is written { $equals: … })`;
  }
  const takes = matcher.refuses(one.argument);
  return takes === null ? null : `${one.name} takes ${takes}`;
}

/** Null where the value fits, else what was expected, in words. A malformed matcher fits nothing. */
export function misses(wanted: unknown, value: unknown, found: boolean): string | null {
  const problem = matcherProblem(wanted);
  if (problem !== null) return `nothing, as ${problem}`;
  const one = asMatcher(wanted);
  const matcher = matchers[one?.name ?? '$equals'] as Matcher;
  return matcher.misses(one === null ? wanted : one.argument, value, found);
}

/** An object of exactly one key that begins with `$`. */
function asMatcher(wanted: unknown): { readonly name: string; readonly argument: unknown } | null {
  if (wanted === null || typeof wanted !== 'object' || Array.isArray(wanted)) return null;
  const [entry, ...others] = Object.entries(wanted);
  if (entry === undefined || others.length > 0 || !entry[0].startsWith('$')) return null;
  return { name: entry[0], argument: entry[1] };
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return value !== null && typeof value === 'object' && !Array.isArray(value);
  return typeof value === type;
}

function patternProblem(pattern: string): string | null {
  if (pattern.length > 500) return 'a regular expression of at most 500 characters';
  try {
    new RegExp(pattern, 'u');
    return null;
  } catch {
    return 'a valid regular expression';
  }
}

const test = new Script('new RegExp(pattern, "u").test(subject)');

/** In a context of its own, as that is the one way to put a time limit on a regular expression. */
function matchesPattern(pattern: string, subject: string): boolean {
  if (subject.length > maxSubject) return false;
  try {
    return test.runInContext(createContext({ pattern, subject }), { timeout: maxMatchMs }) === true;
  } catch {
    return false;
  }
}

/** A value for a message: JSON, cut. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

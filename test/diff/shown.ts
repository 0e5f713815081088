/** Sentences of issue 5, *Also shown*, and the tests or files that show them. Files are named from `test/`. */
export interface Shown {
  readonly sentence: string;
  /** Names of tests in each file, as they stand in it. */
  readonly shownBy: Readonly<Record<string, readonly string[]>>;
}

const one = (sentence: string, shownBy: Shown['shownBy']): Shown => ({ sentence, shownBy });
const hostile = (...tests: string[]) => ({ 'diff/hostile.test.ts': tests });
const captures = (...tests: string[]) => ({ 'diff/captures.test.ts': tests });
const properties = (...tests: string[]) => ({ 'diff/properties.test.ts': tests });

export const alsoShown: readonly Shown[] = [
  one('diff(x, x) is empty for any x under any noise', {
    ...properties(
      'diff(x, x) is empty',
      'diff(x, x) is empty under any noise',
      'diff(x, x) is empty for any text',
      'diff(x, x) is empty for any bytes and headers of any kind',
    ),
    'diff-bench/generator.test.ts': ['%s varies on both sides, and is no regression'],
    'diff/realistic.test.ts': ['answers of healthy services have no finding'],
  }),
  one('a single planted structural change is always found', {
    ...properties('a planted structural change is always found'),
    'diff/realistic.test.ts': ['what is wrong with an answer is found though much else in it varies'],
  }),
  one('the order of lines in a captures file does not matter', {
    ...properties('the order of lines in a captures file says nothing'),
    ...captures('is the same byte for byte each time, whatever the order of lines'),
  }),
];

export const badInput: readonly Shown[] = [
  one(
    'missing fields',
    captures('says which line cannot be used, and why', 'a line without any one of its fields'),
  ),
  one('unequal counts', hostile('unequal counts of answers are compared, with the counts in the finding')),
  one(
    'truncated bodies',
    hostile(
      'a body that was not kept whole is compared by size and hash, and it says so',
      'a body that the recorder cut is compared by what is there, and it says so',
      'JSON that breaks off is never the same as JSON, nor as other JSON that breaks off',
    ),
  ),
  one('unknown encodings', {
    ...hostile('an unknown way of writing bodies down, and what is no base64, are errors'),
    'diff/kinds.test.ts': ['a coding that is gone is seen; an unknown one is said and compared as bytes'],
  }),
  one('__proto__', hostile('a key named __proto__ is a key like any other')),
  one(
    '10,000 levels',
    hostile(
      '10,000 levels are compared as text past the limit, and it says so',
      '100,000 levels in the line of captures itself are an error or a result, never a crash',
    ),
  ),
  one('1e400', hostile('numbers are compared by value, whatever JavaScript can hold')),
  one('a document or a policy that is none', {
    'cli/run.test.ts': ["'no `openapi` version'", "'the policy cannot be used'", "'p.yaml cannot be read'"],
    'diff/contract/request.test.ts': ['of hostile documents are compared without a crash, within bounds'],
  }),
];

/** Sentences of issue 5, and of the design's section on smart diff, and the tests that show them. Files are named from `test/`. */
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

const kinds = (...tests: string[]) => ({ 'diff/kinds.test.ts': tests });
const noise = (...tests: string[]) => ({ 'diff/noise.test.ts': tests });
const session = (...tests: string[]) => ({ 'diff/session.test.ts': tests });
const alignment = (...tests: string[]) => ({ 'diff/alignment.test.ts': tests });
const meaning = (...tests: string[]) => ({ 'diff/meaning.test.ts': tests });
const collect = (...tests: string[]) => ({ 'compare/collect.test.ts': tests });
const judge = (...tests: string[]) => ({ 'verdict/judge.test.ts': tests });
const bench = (...tests: string[]) => ({ 'diff-bench/generator.test.ts': tests });

export const whatToBuild: readonly Shown[] = [
  one(
    '1: at least 40 regressions, 25 kinds of noise, over answers of many kinds, seeded; each that is named',
    {
      ...bench(
        'has at least 40 regressions, 25 kinds of noise and 20 kinds of answers, each of its own name',
        'has each regression and each noise that the issue names',
        'makes the same case of the same seed',
        '%s changes the candidate alone',
        '%s varies on both sides, and is no regression',
      ),
    },
  ),
  one('1: the same as intermittent, a class of its own', {
    ...bench('comes in some answers only where it is intermittent'),
    'diff-bench/accuracy.test.ts': ['in its mode finds nearly all that shows at all'],
  }),
  one('1: rivals on the same cases', { 'diff-bench/accuracy.test.ts': ['no rival comes near'] }),
  one('2: arrays aligned by inferred identity, else by content', {
    ...alignment(
      'are the same items where all else in them is as it was',
      'are other items where they have little in common',
      'know each other again by an identity further in, though numbers are equal by chance',
      'are paired by what stands still where the candidate lost their identity',
    ),
  }),
  one('2: records told from maps', noise('a map whose keys are made anew')),
  one('2: renamed, moved and coerced as one finding', {
    'diff/rules.test.ts': [`\${rule.id} judges its example`],
    ...properties(`\${what}, under any noise`),
  }),
  one('2: consistent renaming of ids across body, headers and later requests as none', {
    ...session(
      'that are made anew by each pass and repeated by later requests are no finding',
      'that have another name everywhere at once are no finding, at one place alone they are',
    ),
    ...noise('an id that all of one answer repeats'),
  }),
  one('2: echoes of request values', {
    ...session(
      'are no finding where the answer repeats them',
      'are a finding where the candidate no longer repeats them',
    ),
  }),
  one('2: strings that hold JSON, dates, URLs or numbers compared as such', {
    ...meaning(
      'another instant is another value, to the nanosecond and in every offset',
      'by value: zeros at its end are form',
    ),
    ...noise('a signed URL varies in its signature, not in its path'),
  }),
  one(
    '2: numbers by value and precision; big integers, -0, exponents, duplicate keys, invalid UTF-8, nesting',
    {
      ...meaning('by precision: no digit is lost'),
      ...hostile(
        'numbers are compared by value, whatever JavaScript can hold',
        'of duplicate keys none is lost',
        'two different invalid bytes are not equal',
        '10,000 levels are compared as text past the limit, and it says so',
      ),
    },
  ),
  one(
    '2: 50 MB in bounded time and memory, past a stated bound by structure and samples, and the result says so',
    {
      ...hostile('a body of 50 MB is compared within bounds, by its first items, its length and its text'),
      'diff/large.test.ts': [
        'is compared by samples, structure and one hash, and says so',
        'says that what lies outside the samples is unseen, and leaves nothing to pass',
      ],
    },
  ),
  one('3: noise by dimension', {
    ...noise(
      'a UUID that varies is still a UUID',
      'a value that varies is still there, and not null',
      'a list in no order still has its items and their fields',
    ),
    'diff/realistic.test.ts': ['what is wrong shows at the very place whose value is another one each time'],
  }),
  one('3: the number of answers that each decision rests on', {
    ...hostile('unequal counts of answers are compared, with the counts in the finding'),
    ...noise('what items show that stand in some answers only speaks together'),
  }),
  one('3: adaptive passes up to seven a side', {
    ...collect('go on while the comparison is open, seven a side at most'),
    ...session('is none for structure, and up to seven a side for what luck could do'),
  }),
  one('3: intermittent mode', {
    ...collect('are six of the sandbox at least where the diff looks for what shows only sometimes'),
    ...session(
      'finds what shows in some candidate answers and never in the baseline',
      'asks for six candidate answers',
    ),
  }),
  one('3: became-volatile; every volatile place listed', {
    ...noise('the candidate’s own noise forgives nothing', 'a list in no order'),
  }),
  one('3: nothing over-broad: structure, root, ambiguous order', {
    ...noise(
      'noise at one place says nothing of its neighbours, nor of places below',
      'a root that varies hides nothing that it holds',
      'an order that cannot be told is no noise',
    ),
    'verdict/policy.test.ts': ['refuses what would turn structure off at large, with the line'],
  }),
  one('4: direction by tables for response and request', {
    'diff/contract/request.test.ts': [
      `\${rule.id} judges its example; its inverse is \${rule.inverse.gives}`,
    ],
    'diff/contract/openapi.test.ts': ['each line of the table, and its inverse'],
  }),
  one('4: severities overridable in a committed file by rule and place', {
    'verdict/policy.test.ts': [
      'gives findings of a rule at a place another severity, and the verdict lists it',
      'fits the exact place, rule and service alone',
    ],
  }),
  one('4: an OpenAPI document used when the service has one, never needed', {
    'diff/contract/openapi.test.ts': ['never makes a difference vanish, and says why it weighs otherwise'],
    'cli/run.test.ts': [
      'takes a document and a policy that say what weighs less, for recorded answers and two addresses',
    ],
  }),
  one('4: one rule per file, a table, docs generated, each with an example and its inverse', {
    'diff/rules.test.ts': [
      'has its own file and one entry in the table',
      'is what the table says',
      `the inverse of \${rule.id} is \${rule.inverse.gives}`,
    ],
  }),
  one('5: redirects, cookies and their attributes, cache and CORS headers, compression, trailers', {
    ...kinds(
      'are compared as URLs: a state that varies hides no other target',
      'lose an attribute: suspicious, with the name of cookie and attribute',
      'a directive is compared by itself: one that varies hides no other',
      'a method or origin less is suspicious, a method more is harmless',
      'a coding that is gone is seen; an unknown one is said and compared as bytes',
      'trailers are compared as headers',
    ),
  }),
  one('5: NDJSON and server-sent events frame by frame; GraphQL', {
    ...kinds(
      'NDJSON is compared line by line, as JSON',
      'server-sent events are compared event by event, with their data as JSON',
      'errors that no baseline answer has are breaking, though the status is the same',
      'data is compared by field',
    ),
  }),
  one('5: HTML and XML by structure; binary by type, size and hash; empty against missing', {
    ...kinds(
      'is compared by its elements, attributes and text',
      'is compared by its elements: no white space between them, no self-closing form',
      'are compared by what they are, their size and hash',
      'is not an empty object, an empty list, an empty text, nor null',
    ),
  }),
  one('6: the file of expected changes; `--accept` writes it; landed, absent, not exercised', {
    'cli/accept.test.ts': [
      'accept: a finding of the last run is written down, and the next run lists it as expected',
    ],
    'guards/expected.test.ts': [
      'an expected change happens, is absent, is not exercised, and has landed: through the MCP server',
    ],
  }),
  one('7: explanations in 2,000 tokens for the worst case, most severe first, grouped by cause', {
    'report/cause.test.ts': [
      'are one entry: the same name, rule and kinds of value, with its places and requests',
      '1,000 findings of any kind: bounded, most severe first, and the next call is kept',
    ],
  }),
];

export const doneWhen: readonly Shown[] = [
  one('byte-identical output for the same captures', {
    ...captures('is the same byte for byte each time, whatever the order of lines'),
  }),
  one('the demo’s ten faults judge as before or better', {
    'demo/demo.test.ts': ['lists its ten faults, and says so where there is no such'],
    'shop/faults.test.ts': ['are ten, with names of their own, in files of their services'],
  }),
  one('an unchanged shop, 20 runs', {
    'demo/unchanged.test.ts': ['passes 20 runs of its plans without a finding, harmless ones included'],
  }),
];

/** Section 7 of the design, where the issue does not say the same. */
export const design: readonly Shown[] = [
  one('passes in the order baseline, sandbox, sandbox, baseline, each a session of its own', {
    ...collect(
      'go baseline, sandbox, sandbox, baseline, and no further where nothing differs but noise',
      'keep cookies, captures and unique values to themselves',
    ),
    'compare/render.test.ts': ['makes unique values that differ by pass and agree in length and type'],
  }),
  one('a pair counts only with its hops; else it is not exercised', {
    ...judge(
      'never passes with any hop at a fork taken away',
      'never passes where a baseline request of a check has a hop at a fork',
    ),
  }),
  one('places are exact, with wildcards for items and keys of maps', {
    ...hostile('names that need it are quoted as RFC 9535 says'),
  }),
  one('what further passes contradicted is unconfirmed, listed apart, without effect', {
    ...noise('a fair coin that looked steady is unconfirmed, and no finding'),
  }),
  one('calls multiplied', session('that rose steadily are multiplied; that fell or vary are not')),
  one('fingerprints name the change and not its values', session('name the change and not its values')),
  one('expected changes: of the change itself first; landed is a warning; not exercised is inconclusive', {
    ...judge(
      'take the findings that they name out of what fails, and list them apart',
      'that are older, with another base, have landed: a warning',
      'of a request that was compared but not exercised are not exercised',
      'of the change itself come first',
    ),
  }),
  one('two doors without a sandbox: no key, no verdict, exit 1 on breaking', {
    'cli/run.test.ts': [
      'of recorded answers gives the same bytes each time, and exits with 1 on breaking only',
      'of two addresses says what differs, without proof or verdict',
    ],
    'compare/two-urls.test.ts': [
      'goes baseline, candidate, candidate, baseline, without a key, and leaves the requests as they are',
    ],
  }),
  one('what is each side’s own says nothing, and hides nothing', {
    'diff/own.test.ts': [
      'is none where each answer has the pid, port and start of its own process',
      'a value that is another one is found, whatever stands beside it',
    ],
    'guards/attack.test.ts': [
      'passes where each process says its own pid, port and start',
      'fails where the fork says what is none of them',
    ],
  }),
];

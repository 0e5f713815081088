import type { CapturedAnswer } from '../../../src/diff/compare.ts';

/** Another way to tell what changed, over the same answers. */
export interface Rival {
  readonly name: string;
  /** What it is after, and what of the answers it can use. */
  readonly source: string;
  /** Places in our words. */
  readonly places: (
    baseline: readonly CapturedAnswer[],
    candidate: readonly CapturedAnswer[],
  ) => readonly string[];
}

/** An answer as all rivals get it: bodies parsed, frames as lists, headers that only frame the message gone. */
export interface Read {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: unknown;
  readonly json: boolean;
}

const framing: ReadonlySet<string> = new Set([
  'date',
  'content-length',
  'connection',
  'keep-alive',
  'transfer-encoding',
]);

export function read({ answer }: CapturedAnswer): Read {
  if (answer.kind !== 'answer') return { status: 0, headers: new Map(), body: null, json: false };
  const headers = new Map(
    answer.headers
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => !framing.has(name)),
  );
  const type = headers.get('content-type') ?? '';
  const { text } = answer.body;
  const body = parse(text, type);
  return { status: answer.status, headers, body: body === undefined ? text : body, json: body !== undefined };
}

function parse(text: string, type: string): unknown {
  try {
    if (type.includes('ndjson'))
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    if (type.includes('event-stream')) return text.trim().split('\n\n').map(event);
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function event(block: string): unknown {
  return Object.fromEntries(
    block.split('\n').map((line) => {
      const [name = '', ...rest] = line.split(': ');
      const value = rest.join(': ');
      return [name, name === 'data' ? (JSON.parse(value) as unknown) : value];
    }),
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 9535, as smart diff writes it. */
export function member(place: string, name: string): string {
  return /^[A-Za-z_\u0080-\uD7FF][A-Za-z0-9_\u0080-\uD7FF]*$/.test(name)
    ? `${place}.${name}`
    : `${place}['${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
}

/** Headers that are not the same, and the status. */
export function shellPlaces(one: Read, other: Read): string[] {
  const names = [...new Set([...one.headers.keys(), ...other.headers.keys()])];
  return [
    ...(one.status === other.status ? [] : ['status']),
    ...names
      .filter((name) => one.headers.get(name) !== other.headers.get(name))
      .map((name) => `header:${name}`),
  ];
}

/** Keys that are ids are one place, as they are to us: a rival that tells each of them told one thing too much, not fifty. */
export function generous(places: readonly string[]): string[] {
  return [
    ...new Set(
      places.map((place) => place.replace(/\['(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24}|\d+)'\]/g, '[*]')),
    ),
  ];
}

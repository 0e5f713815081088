import type { Answer, Body, Header, HttpRequest } from '../exchange.ts';

/** Takes secrets, by value, out of what is recorded: the same on both sides, so that comparisons stay true. */
export interface Redactor {
  text(text: string): string;
  /** JSON of any shape, keys included. */
  value<T>(value: T): T;
  request(request: HttpRequest): HttpRequest;
  answer(answer: Answer): Answer;
}

export function createRedactor(secrets: Readonly<Record<string, string>>): Redactor {
  const forms = Object.entries(secrets)
    .filter(([, secret]) => secret !== '')
    .flatMap(([name, secret]) => formsOf(secret).map((form) => ({ form, mark: `[secret ${name}]` })))
    .sort((a, b) => b.form.length - a.form.length);
  const marks = new Map([...forms].reverse().map(({ form, mark }) => [form, mark]));
  const runs = Object.entries(secrets).flatMap(([name, secret]) =>
    base64Cores(secret).map((core) => ({
      pattern: new RegExp(`[A-Za-z0-9+/_-]*${escapeRegExp(core)}[A-Za-z0-9+/_-]*={0,2}`, 'g'),
      mark: `[secret ${name}]`,
    })),
  );
  const pattern =
    forms.length === 0 ? null : new RegExp(forms.map(({ form }) => escapeRegExp(form)).join('|'), 'g');

  const text = (given: string): string => {
    const plain = pattern === null ? given : given.replace(pattern, (form) => marks.get(form) ?? '[secret]');
    return runs.reduce((rest, { pattern, mark }) => rest.replace(pattern, mark), plain);
  };
  const value = (given: unknown): unknown => {
    if (typeof given === 'string') return text(given);
    if (Array.isArray(given)) return given.map(value);
    if (given === null || typeof given !== 'object') return given;
    return Object.fromEntries(Object.entries(given).map(([key, one]) => [text(key), value(one)]));
  };
  const headers = (given: readonly Header[]) => given.map(([name, one]): Header => [text(name), text(one)]);
  const body = (given: Body): Body => {
    if (pattern === null) return given;
    if (given.encoding === 'utf8') return { ...given, text: cutPartial(text(given.text), given, forms) };
    const bytes = Buffer.from(given.text, 'base64').toString('latin1');
    const redacted = cutPartial(text(bytes), given, forms);
    return { ...given, text: Buffer.from(redacted, 'latin1').toString('base64') };
  };
  return {
    text,
    value: <T>(given: T) => value(given) as T,
    request: (request) => ({
      ...request,
      path: text(request.path),
      headers: headers(request.headers),
      ...(request.body === undefined ? {} : { body: body(request.body) }),
    }),
    answer: (answer) =>
      answer.kind === 'no-answer'
        ? { ...answer, message: text(answer.message) }
        : {
            ...answer,
            headers: headers(answer.headers),
            body: body(answer.body),
            ...(answer.trailers === undefined ? {} : { trailers: headers(answer.trailers) }),
          },
  };
}

/** As services echo it: plain, percent-encoded, in a form, in JSON, in HTML, in bytes read as Latin-1. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const forms = [
    secret,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    encoded.replaceAll('%20', '+'),
    encodeURI(secret.toWellFormed()),
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[^\x20-\x7e]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`),
    html,
    html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    Buffer.from(secret).toString('hex'),
    Buffer.from(secret).toString('latin1'),
  ];
  return [...new Set(forms)].filter((form) => form !== '');
}

/**
 * What base64 of any text with the secret inside must contain: one form for each of the three places in which it can
 * begin, without the characters at its ends that depend on its neighbours. Too short ones would match anything.
 */
function base64Cores(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const cores = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
    const from = shift === 0 ? 0 : shift + 1;
    const core = whole
      .toString('base64')
      .replace(/=+$/, '')
      .slice(from, Math.floor((whole.length * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set(cores)].filter((core) => core.length >= 6);
}

/** A cut body may end inside a secret: its beginning goes too. */
function cutPartial(text: string, body: Body, forms: readonly { readonly form: string }[]): string {
  if (body.truncated === undefined) return text;
  const longest = Math.max(
    0,
    ...forms.map(({ form }) => {
      for (let length = form.length - 1; length > 0; length--) {
        if (text.endsWith(form.slice(0, length))) return length;
      }
      return 0;
    }),
  );
  return longest === 0 ? text : text.slice(0, -longest);
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

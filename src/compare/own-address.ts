import type { Answer, Header } from '../exchange.ts';

const loopback = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Two addresses differ in their links to themselves (`Location`, `Link`, URLs in bodies), and that says nothing about
 * the programs behind them. Writes an answer's own address the same way for both. Through a sandbox there is no need:
 * both sides see the same Host.
 */
export function withoutOwnAddress(answer: Answer, address: { readonly origin: string }): Answer {
  if (answer.kind === 'no-answer') return answer;
  const { hostname, port, protocol } = new URL(address.origin);
  const names = loopback.includes(hostname) ? loopback : [hostname];
  // A host name without a port may stand in any text: only as part of a URL is it surely the address.
  const forms = names.map((name) => (port === '' ? `${protocol}//${name}` : `${name}:${port}`));
  const text = (given: string) =>
    forms.reduce(
      (rest, form) => rest.replaceAll(form, port === '' ? 'http://address.invalid' : 'address.invalid'),
      given,
    );
  const headers = (given: readonly Header[]) => given.map(([name, value]): Header => [name, text(value)]);
  const { body } = answer;
  if (body.encoding !== 'utf8' || body.truncated !== undefined)
    return { ...answer, headers: headers(answer.headers) };
  const rewritten = text(body.text);
  return {
    ...answer,
    headers: headers(answer.headers),
    body: { ...body, text: rewritten, size: Buffer.byteLength(rewritten) },
  };
}

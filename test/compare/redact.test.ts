import { expect, it } from 'vitest';
import { createRedactor } from '../../src/compare/redact.ts';
import type { Answer } from '../../src/exchange.ts';
import fc from '../support/property.ts';

const words = fc
  .string({ minLength: 8, maxLength: 40, unit: 'grapheme' })
  .filter((text) => text.isWellFormed());

it('takes a secret out of any text, plain or in a form that services echo', () => {
  void fc.assert(
    fc.property(words, fc.string(), fc.string(), (secret, before, after) => {
      const redactor = createRedactor({ buyer: secret });
      const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
      for (const form of forms) expect(redactor.text(`${before}${form}${after}`)).toContain('[secret buyer]');
      expect(JSON.stringify(redactor.value({ [secret]: [secret] }))).toContain('[secret buyer]');
    }),
  );
});

it('takes a secret out of base64, wherever in it it begins', () => {
  void fc.assert(
    fc.property(words, fc.string(), fc.string(), (secret, before, after) => {
      const redactor = createRedactor({ buyer: secret });
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(before + secret + after).toString(encoding);
        expect(redactor.text(text)).toContain('[secret buyer]');
      }
    }),
  );
});

it('names the secret, the longest one where several fit, and changes nothing else', () => {
  const redactor = createRedactor({ short: 'abcd', long: 'abcdefgh', empty: '' });
  expect(redactor.text('x abcdefgh y abcd z')).toBe('x [secret long] y [secret short] z');
  expect(createRedactor({}).text('as it is')).toBe('as it is');
});

it('takes the beginning of a secret that a cut body ends with, and bytes in a body that is no text', () => {
  const redactor = createRedactor({ buyer: 'hunter2-hunter2' });
  const answer = (encoding: 'utf8' | 'base64', text: string, cut: boolean): Answer => ({
    kind: 'answer',
    status: 200,
    headers: [['x', 'hunter2-hunter2']],
    body: { encoding, text, size: 99, ...(cut ? { truncated: { sha256: 'x' } } : {}) },
    trailers: [['t', 'hunter2-hunter2']],
    durationMs: 1,
  });
  const cut = redactor.answer(answer('utf8', '{"token":"hunter2-hun', true));
  expect(cut).toMatchObject({ body: { text: '{"token":"' }, headers: [['x', '[secret buyer]']] });
  expect(cut).toMatchObject({ trailers: [['t', '[secret buyer]']] });
  const bytes = Buffer.concat([Buffer.from([0xff]), Buffer.from('hunter2-hunter2')]).toString('base64');
  const redacted = redactor.answer(answer('base64', bytes, false));
  const text = redacted.kind === 'answer' ? Buffer.from(redacted.body.text, 'base64').toString('latin1') : '';
  expect(text).toBe('\xff[secret buyer]');
});

import type { RequestRule } from './rule.ts';

export const requestMediaTypeRemoved: RequestRule = {
  id: 'request-media-type-removed',
  severity: 'breaking',
  means: 'A media type in which the body could be sent is not taken any more.',
  effect: 'A client that sends it so is refused with 415.',
  example: {
    before: { requestBody: { content: { 'application/json': {}, 'text/csv': {} } } },
    after: { requestBody: { content: { 'application/json': {} } } },
    place: 'request:text/csv',
  },
  inverse: { gives: 'nothing' },
  find: (before, after) =>
    (after === null || before.media.length === 0 ? [] : before.media)
      .filter((media) => !after?.media.some((other) => covers(other, media)))
      .map((media) => ({ place: `request:${media}`, before: media })),
};

/** `application/*` and `*` with a slash after it take more than one. */
function covers(range: string, media: string): boolean {
  if (range === media || range === '*/*') return true;
  return range.endsWith('/*') && media.startsWith(range.slice(0, -1));
}

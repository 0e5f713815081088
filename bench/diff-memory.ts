import type { CapturedAnswer } from '../src/diff/compare.ts';
import { compareSession } from '../src/diff/session.ts';

/** A process of its own: two bodies of 50 MB a side, no two equal. Prints the seconds and the most memory it held. */
const bytes = 50_000_000;

function body(pass: number, price: number): CapturedAnswer {
  const parts: Buffer[] = [Buffer.from(`{"pass":${pass},"items":[`)];
  let size = parts[0]?.length ?? 0;
  for (let id = 0; size < bytes - 200; id += 1) {
    const part = Buffer.from(
      `${id === 0 ? '' : ','}{"id":${id},"sku":"s${(id * 7919) % 100003}","name":"an item of a long list","price":${id === 17 ? price : id / 4},"tags":["a","b"]}`,
    );
    parts.push(part);
    size += part.length;
  }
  parts.push(Buffer.from(']}'));
  const text = Buffer.concat(parts).toString('latin1');
  return {
    pass,
    answer: {
      kind: 'answer',
      status: 200,
      headers: [['content-type', 'application/json']],
      body: { encoding: 'utf8', text, size: text.length },
      durationMs: 1,
    },
  };
}

const baseline = [body(1, 1), body(4, 1)];
const candidate = [body(2, 2), body(3, 2)];
const start = performance.now();
const pair = { id: 'x', service: 's', method: 'GET', pathTemplate: '/', baseline, candidate };
const [compared] = compareSession([pair], { intermittent: false });
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - start) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    places: compared?.findings.map(({ place }) => place) ?? [],
  }),
);

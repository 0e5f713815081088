import type { CapturedAnswer } from '../src/diff/compare.ts';
import { compareSession } from '../src/diff/session.ts';

/** A process of its own: two bodies of 50 MB a side, no two equal. Prints the seconds and the most memory it held. */
const bytes = 50_000_000;

/** One buffer for all of them: what is measured is the comparison, not the making of bodies. */
const buffer = Buffer.allocUnsafe(bytes);

function body(pass: number, price: number): CapturedAnswer {
  let at = buffer.write(`{"pass":${pass},"items":[`, 0, 'latin1');
  for (let id = 0; at < bytes - 200; id += 1) {
    const sku = `s${(id * 7919) % 100003}`;
    const item = `${id === 0 ? '' : ','}{"id":${id},"sku":"${sku}","name":"an item of a long list","price":${id === 17 ? price : id / 4},"tags":["a","b"]}`;
    at += buffer.write(item, at, 'latin1');
  }
  at += buffer.write(']}', at, 'latin1');
  const text = buffer.toString('latin1', 0, at);
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

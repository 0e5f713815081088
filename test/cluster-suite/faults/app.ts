import { deployment, listOf, service } from '../support/workload.ts';

/** A service that says who it is, and fails as MODE says. */
export const server = `
const { createServer } = require('node:http');
const mode = process.env.MODE ?? 'ok';
const me = process.env.SEATRIAL_SANDBOX ?? 'baseline';
process.on('SIGTERM', () => process.exit(0));
console.log('starting as ' + mode);
if (mode === 'crash') {
  console.error('cannot find the price list');
  process.exit(7);
}
if (mode === 'oom') {
  const kept = [];
  for (;;) kept.push(Buffer.alloc(8 << 20, 1));
}
createServer((request, response) => {
  response.statusCode = mode === 'never-ready' ? 503 : 200;
  const wait = Number(new URL(request.url, 'http://me').searchParams.get('ms') ?? 0);
  setTimeout(() => response.end(me), wait);
}).listen(mode === 'wrong-port' ? 9999 : 8080);
`;

export function priced(
  name: string,
  image: string,
  labels: Readonly<Record<string, string>> = { app: name },
  replicas = 1,
) {
  const resources = { requests: { cpu: '5m', memory: '24Mi' }, limits: { memory: '160Mi' } };
  const command = ['node', '-e', server];
  return deployment({
    name,
    image,
    command,
    labels,
    replicas,
    deadlineSeconds: 25,
    container: { resources },
  });
}

const kept = { labels: { team: 'checkout' }, annotations: { note: 'kept' } };

/** `pricing` runs; behind `hollow` stands no workload, behind `twins` stand two. */
export const services = ['pricing', 'hollow', 'twins'] as const;

const served = services.map((name) => service(name, { app: name }, 'web', kept));

/** As its team keeps it, and applies it. */
export function serviceManifests(): string {
  return listOf(served);
}

export function manifests(image: string): string {
  return listOf([
    priced('pricing', image, { app: 'pricing' }, 1),
    priced('twin-a', image, { app: 'twins', twin: 'a' }, 0),
    priced('twin-b', image, { app: 'twins', twin: 'b' }, 0),
    ...served,
  ]);
}

/** A service that says who it is, and fails as MODE says. */
const server = `
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

function deployment(name: string, image: string, labels: Readonly<Record<string, string>>, replicas: number) {
  const container = {
    name: 'app',
    image,
    command: ['node', '-e', server],
    ports: [{ name: 'web', containerPort: 8080 }],
    // A busy machine is not a service that is down.
    readinessProbe: { httpGet: { path: '/', port: 'web' }, periodSeconds: 1, timeoutSeconds: 5 },
    resources: { requests: { cpu: '5m', memory: '24Mi' }, limits: { memory: '160Mi' } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, annotations: { 'seatrial.dev/commit': 'c0ffee0000000000000000000000000000000000' } },
    spec: {
      replicas,
      // How long a fork of it may take as well.
      progressDeadlineSeconds: 25,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 2, containers: [container] },
      },
    },
  };
}

function service(name: string, app: string) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels: { team: 'checkout' }, annotations: { note: 'kept' } },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  };
}

/** `pricing` runs; behind `hollow` stands no workload, behind `twins` stand two. */
export const services = ['pricing', 'hollow', 'twins'] as const;

/** As its team keeps it, and applies it. */
export function serviceManifests(): string {
  return manifest(services.map((name) => service(name, name)));
}

export function manifests(image: string): string {
  return manifest([
    deployment('pricing', image, { app: 'pricing' }, 1),
    deployment('twin-a', image, { app: 'twins', twin: 'a' }, 0),
    deployment('twin-b', image, { app: 'twins', twin: 'b' }, 0),
    ...services.map((name) => service(name, name)),
  ]);
}

function manifest(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

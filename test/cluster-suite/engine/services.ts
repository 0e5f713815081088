import { deployment, listOf, service } from '../support/workload.ts';

/** Three services as one image; BEHAVIOUR says what a container of it does, `v1` where nothing does. */
export const server = `
import { createServer } from 'node:http';

const name = process.env.SERVICE;
const version = process.env.BEHAVIOUR ?? 'v1';
if (version === 'exits') {
  console.error('cannot go on');
  process.exit(3);
}
const sandbox = process.env.SEATRIAL_SANDBOX ?? null;
async function answer(request) {
  const me = { service: name, version, sandbox };
  if (request.url === '/greeting') return process.env.GREETING ?? '';
  if (request.url === '/fail') return 500;
  if (request.url === '/soft') {
    await fetch('http://back/fail', { headers: { baggage: request.headers.baggage } });
    return me;
  }
  if (request.url === '/relay') {
    const back = await fetch('http://back', { headers: { baggage: request.headers['x-relay'] } });
    return { status: back.status, error: back.headers.get('x-seatrial-error') };
  }
  if (name !== 'front' || request.url === '/me') return me;
  const headers = request.headers.baggage === undefined ? {} : { baggage: request.headers.baggage };
  const back = await fetch('http://back', { headers });
  return back.ok ? { ...me, back: await back.json() } : back.status;
}
const server = createServer(async (request, response) => {
  if (request.url === '/exit') {
    console.log('ending on request');
    process.exit(7);
  }
  if (request.url === '/healthz') return response.end('ok');
  const result = await answer(request).catch(() => 502);
  response.setHeader('x-host', request.headers.host ?? '');
  if (typeof result === 'number') response.statusCode = result;
  response.end(typeof result === 'string' ? result : JSON.stringify(result));
});
process.once('SIGTERM', () => process.exit(0));
if (version === 'mute') {
  console.log('here I am');
  setInterval(() => {}, 1000);
} else {
  server.listen(8080, () => console.log(name + ' ' + version + ' listens'));
}
`;

export const dockerfile = `FROM node:24-bookworm-slim
ENV BEHAVIOUR=v1
COPY server.mjs /server.mjs
USER 1000
CMD ["node", "/server.mjs"]
`;

/** Deployments and Services, as a team would write them. */
export function manifests(names: readonly string[], image: string): string {
  return listOf(
    names.flatMap((name) => [
      deployment({
        name,
        image,
        path: '/healthz',
        deadlineSeconds: 12,
        env: [{ name: 'SERVICE', value: name }],
      }),
      service(name),
    ]),
  );
}

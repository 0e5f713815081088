/** Source of a small service. What it does is in `behaviour.mjs` beside it: `export default 'v1'`. */
export const server = `
import { createServer } from 'node:http';
import version from './behaviour.mjs';

const name = process.env.SERVICE;
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
    await fetch(process.env.BACK_URL + '/fail', { headers: { baggage: request.headers.baggage } });
    return me;
  }
  if (request.url === '/relay') {
    const back = await fetch(process.env.BACK_URL, { headers: { baggage: request.headers['x-relay'] } });
    return { status: back.status, error: back.headers.get('x-seatrial-error') };
  }
  if (name !== 'front') return me;
  const headers = request.headers.baggage === undefined ? {} : { baggage: request.headers.baggage };
  const back = await fetch(process.env.BACK_URL, { headers });
  return back.ok ? { ...me, back: await back.json() } : back.status;
}
const server = createServer(async (request, response) => {
  if (request.url === '/exit') {
    console.log('ending on request');
    process.exit(7);
  }
  if (request.url === '/healthz') return response.end('ok');
  const result = await answer(request).catch(() => 502);
  response.setHeader('x-host', request.headers.host);
  if (typeof result === 'number') response.statusCode = result;
  response.end(typeof result === 'string' ? result : JSON.stringify(result));
});
if (version === 'mute') {
  console.log('here I am');
  setInterval(() => {}, 1000);
} else {
  server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(name + ' ' + version + ' listens'));
}
`;

export function serviceFiles(name: string, behaviour = 'v1'): Record<string, string> {
  return { [`${name}/server.mjs`]: server, ...behaviourFile(name, behaviour) };
}

export function behaviourFile(name: string, behaviour: string): Record<string, string> {
  return { [`${name}/behaviour.mjs`]: `export default '${behaviour}';\n` };
}

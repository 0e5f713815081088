import { stdout } from 'node:process';
import { localLab, service } from './lab.ts';

/**
 * A host that is going to be killed: a baseline, a sandbox that serves and one that still starts. Prints one line of JSON
 * when it has them.
 */
const server = `
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
process.on('SIGTERM', () => {});
spawn('sleep', ['1000'], { stdio: 'ignore', detached: true }).unref();
createServer((request, response) => response.end('here')).listen(Number(process.env.PORT), '127.0.0.1');
`;
const lab = await localLab({ 'a/server.mjs': server, 'b/server.mjs': server }, [service('a'), service('b')]);
await lab.provision('serving', [await lab.fork('a')]);
const mute = await lab.fork('b', { 'b/server.mjs': 'setInterval(() => {}, 1000)' });
const never = new AbortController().signal;
await lab.engine.provision({ name: 'starting', owner: lab.owner, leaseSeconds: 60, forks: [mute] }, never);
await new Promise((resolve) => setTimeout(resolve, 200));
stdout.write(`${JSON.stringify({ mark: lab.guard.mark, folder: lab.scratch.folder, cache: lab.cache })}\n`);
setInterval(() => {}, 1000);

#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Surroundings } from './tool/surroundings.ts';

/** Wires the parts to the process. The only file that touches `process`. */
const surroundings: Surroundings = {
  env: process.env,
  cwd: process.cwd(),
  pid: process.pid,
  version: readVersion(),
  entry: { execPath: process.execPath, main: fileURLToPath(import.meta.url) },
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interactive: process.stderr.isTTY === true && process.env.CI === undefined,
  parentPid: () => process.ppid,
  onSignal: (signal, then) => {
    process.on(signal, then);
    return () => process.off(signal, then);
  },
};

// What we import fails on older ones in ways that say nothing. package.json, engines.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `Seatrial needs Node 22.19 or later, and this is ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exit(4);
}

// Whoever read our output has gone: there is nobody left to tell.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const { run } = await import('./cli/run.ts');
process.exitCode = await run(process.argv.slice(2), surroundings, {
  serveMcp: async (http, given) => {
    const { serveMcp } = await import('./mcp/serve.ts');
    return serveMcp(http, given);
  },
  runHost: async (repository, given) => {
    const { startHost } = await import('./host/start-host.ts');
    return startHost(repository, given);
  },
  runOperator: async (part, options, given) => {
    const { runOperator } = await import('./operator/run.ts');
    return runOperator(part, options, given);
  },
});
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
// Not by itself: a client that holds our stdin open, or a pooled connection, would keep the process alive.
process.exit();

/** Resolves when the stream has passed on what was written, or failed, or took five seconds. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5000).unref();
    stream.write('', () => resolve());
  });
}

/** From the package that this file lies in: `src/main.ts` in the repository, `dist/src/main.js` when built. */
function readVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json';
  const { version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string };
  return version;
}

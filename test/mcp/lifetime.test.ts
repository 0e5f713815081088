import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { binary, outcome, type Place, start } from '../support/binary.ts';
import { scratchRepository } from '../support/scratch-repository.ts';

const initialize = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
})}\n`;

function place(): Place {
  const scratch = scratchRepository();
  onTestFinished(() => scratch[Symbol.dispose]());
  return { cwd: scratch.root, env: { ...scratch.env, SEATRIAL_HOME: `${scratch.folder}/home` } };
}

/** A server that has answered. */
async function served(): Promise<ChildProcess> {
  const child = start(['mcp'], place());
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin?.write(initialize);
  await once(child.stdout ?? child, 'data');
  return child;
}

test('ends when stdin ends', async () => {
  const child = await served();
  const ended = outcome(child);
  child.stdin?.end();
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('ends when stdin ends before anything came', async () => {
  const child = start(['mcp'], place());
  const ended = outcome(child);
  child.stdin?.end();
  expect(await ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends at %s', async (signal) => {
  const child = await served();
  const ended = outcome(child);
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
});

test('ends when nobody reads what it writes', async () => {
  const child = await served();
  const ended = once(child, 'exit');
  child.stdout?.destroy();
  child.stdin?.on('error', () => {});
  child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/list' })}\n`);
  expect(await ended).toEqual([0, null]);
});

test('ends when its parent is killed and another process keeps the pipe open', async () => {
  const { cwd, env } = place();
  // The shell stands for a client that is killed; this test holds the pipe as a grandchild would.
  const script = `"$0" "$1" mcp <&3 & echo $!; wait`;
  const shell = spawn('sh', ['-c', script, process.execPath, binary], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const [chunk] = await once(shell.stdout ?? shell, 'data');
  const pid = Number.parseInt(String(chunk), 10);
  const input = shell.stdio[3];
  if (input !== null && input !== undefined && 'write' in input) input.write(initialize);
  expect(alive(pid)).toBe(true);
  await once(shell.stdout ?? shell, 'data');
  shell.kill('SIGKILL');
  await expect.poll(() => alive(pid), { timeout: 15_000 }).toBe(false);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

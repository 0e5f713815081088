import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, quartiles, type Report, shown } from './report.ts';

const rounds = 20;
const most = 1.5;

/** From the start of the process to the answer of `tools/list`, beside a server of the same SDK with one tool. */
export const serverStartBenchmark: Benchmark = { name: 'server-start', run };

const bareSource = `
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
serveStdio(() => {
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  const inputSchema = z.strictObject({ text: z.string() });
  server.registerTool('echo', { description: 'Echoes', inputSchema }, ({ text }) => ({
    content: [{ type: 'text', text }],
  }));
  return server;
});
`;

async function run(): Promise<Report> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  // Inside the repository, so that it finds the same SDK.
  const folder = mkdtempSync(join(root, 'node_modules', '.seatrial-bench-'));
  const elsewhere = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  try {
    const bare = join(folder, 'bare.mjs');
    writeFileSync(bare, bareSource);
    const ours = join(root, 'dist', 'src', 'main.js');
    const times = { bare: [] as number[], ours: [] as number[] };
    await listTime([bare], elsewhere);
    await listTime([ours, 'mcp'], elsewhere);
    for (let round = 0; round < rounds; round += 1) {
      times.bare.push(await listTime([bare], elsewhere));
      times.ours.push(await listTime([ours, 'mcp'], elsewhere));
    }
    const ratios = times.ours.map((time, round) => time / (times.bare[round] ?? Number.NaN));
    const ratio = quartiles(ratios);
    return {
      title: `Server start to the answer of tools/list, ${rounds} interleaved rounds: median (quartiles)`,
      columns: ['server', 'ms'],
      rows: [
        ['bare, same SDK, one tool', shown(quartiles(times.bare))],
        ['seatrial mcp', shown(quartiles(times.ours))],
        ['ratio by round', shown(ratio, 2)],
      ],
      bars: [{ what: `at most ${most} x the bare server`, met: ratio.low <= most }],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(elsewhere, { recursive: true, force: true });
  }
}

const messages = [
  {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
];

async function listTime(args: readonly string[], cwd: string): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(messages.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join(''));
  await answer(child);
  const took = performance.now() - started;
  child.stdin.end();
  await once(child, 'exit');
  return took;
}

async function answer(child: ChildProcess): Promise<void> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (/"id":2\b/.test(text) && text.endsWith('\n')) return;
  }
  throw new Error('the server ended before it answered');
}

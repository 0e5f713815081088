import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { catalogue } from '../tools/catalogue.ts';

/** The package as users get it: packed, installed into an empty folder, started by its own command, and listed. */
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'seatrial-pack-'));
try {
  npm(['pack', '--silent', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  npm(['install', '--no-audit', '--no-fund', `./${tarball}`], folder);
  const names = await listTools(join(folder, 'node_modules', '.bin', 'seatrial'));
  const expected = catalogue.map(({ name }) => name);
  if (names.join() !== expected.join()) throw new Error(`the packed server lists ${names.join(', ')}`);
  process.stdout.write(`${tarball}: its server lists ${names.join(', ')}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function npm(args: readonly string[], cwd: string): void {
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function listTools(command: string): Promise<string[]> {
  const client = new Client({ name: 'pack-check', version: '1.0.0' });
  // The repository's own node is first in PATH: the one that came with the machine may be too old.
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  await client.connect(new StdioClientTransport({ command, args: ['mcp'], cwd: folder, env }));
  try {
    return (await client.listTools()).tools.map(({ name }) => name);
  } finally {
    await client.close();
  }
}

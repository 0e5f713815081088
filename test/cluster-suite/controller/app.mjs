import { createServer } from 'node:http';

// A service that fails as MODE says: ok, crash, oom, never-ready.
const mode = process.env.MODE ?? 'ok';
process.on('SIGTERM', () => process.exit(0));
process.stdout.write(`starting as ${mode}\n`);
if (mode === 'crash') {
  process.stderr.write('cannot find the price list\n');
  process.exit(7);
}
if (mode === 'oom') {
  const kept = [];
  for (;;) kept.push(Buffer.alloc(8 * 1024 * 1024, 1));
}
createServer((_request, response) => {
  response.statusCode = mode === 'never-ready' ? 503 : 200;
  response.end(`${process.env.SEATRIAL_SANDBOX ?? 'baseline'}\n`);
}).listen(8080);

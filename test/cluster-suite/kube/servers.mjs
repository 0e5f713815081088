// Runs in a pod: what the tests reach through the gateway. Started with the role as its argument.
import { createServer as createHttp } from 'node:http';
import { createServer as createTcp } from 'node:net';
import { WebSocketServer } from '/opt/seatrial/node_modules/ws/wrapper.mjs';

const block = Buffer.alloc(64 * 1024, 'seatrial');

function echo() {
  const http = createHttp((request, response) => {
    const url = new URL(request.url, 'http://echo');
    if (url.pathname === '/bytes') {
      let left = Number(url.searchParams.get('n'));
      response.writeHead(200, { 'content-length': String(left) });
      const more = () => {
        while (left > 0) {
          const part = block.subarray(0, Math.min(left, block.length));
          left -= part.length;
          if (!response.write(part)) return response.once('drain', more);
        }
        response.end();
      };
      more();
    } else if (url.pathname === '/count') {
      let bytes = 0;
      request.on('data', (part) => {
        bytes += part.length;
      });
      request.on('end', () => response.end(String(bytes)));
    } else if (url.pathname === '/late') {
      setTimeout(() => response.end('late'), Number(url.searchParams.get('ms')));
    } else response.end(`${request.method} ${request.url} by ${request.headers.host}`);
  });
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    socket.on('message', (data) => socket.send(`back: ${data}`));
  });
  http.listen(8080);

  // Answers when the caller has ended, with how it ended and what it sent.
  let lastEnd = 'none yet';
  createTcp({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (part) => {
      bytes += part.length;
    });
    socket.on('end', () => {
      lastEnd = `ended after ${bytes}`;
      socket.end(`${bytes} bytes, then your end`);
    });
    socket.on('error', () => {
      lastEnd = `reset after ${bytes}`;
    });
  }).listen(9000);
  createTcp((socket) => {
    socket.on('error', () => {});
    socket.end(lastEnd);
  }).listen(9001);
  // Resets whoever says something.
  createTcp((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('part of an answer', () => socket.resetAndDestroy()));
  }).listen(9002);
}

function router() {
  const { POD_UID } = process.env;
  createHttp((request, response) => {
    const { searchParams } = new URL(request.url, 'http://router');
    const correlations = searchParams.getAll('correlation');
    const count = (correlation) => ({ correlation, service: 'echo', destination: 'fork', count: 1 });
    const counts = (correlations.length === 0 ? ['aaaaaaaa'] : correlations).map(count);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ complete: true, incompleteReason: null, epoch: POD_UID, counts, hops: [] }),
    );
  }).listen(9900);
}

({ echo, router })[process.argv[2]]();
process.on('SIGTERM', () => process.exit(0));

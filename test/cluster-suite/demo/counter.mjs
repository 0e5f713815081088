// Stands before every service of the shop as a router would: one port each; counts by baggage and passes on to `<service>-real`.
import { createServer, request } from 'node:http';

const services = process.env.SERVICES.split(',');
const seen = [];
services.forEach((service, index) => {
  createServer((incoming, outgoing) => {
    seen.push({ service, baggage: String(incoming.headers.baggage ?? '') });
    const { method, url, headers } = incoming;
    const onward = request({ host: `${service}-real`, port: 80, method, path: url, headers, agent: false });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }).listen(9001 + index, '0.0.0.0');
});
createServer((incoming, outgoing) => {
  const baggage = new URL(incoming.url, 'http://counter').searchParams.get('baggage') ?? '';
  const counts = {};
  for (const call of seen) {
    if (call.baggage.includes(baggage)) counts[call.service] = (counts[call.service] ?? 0) + 1;
  }
  outgoing.end(JSON.stringify(counts));
}).listen(9000, '0.0.0.0');

import { z } from 'zod';
import type { Service, ServicePort } from '../../kube/objects.ts';
import { annotations } from '../../sandbox/cluster-names.ts';

const routes = z.array(z.object({ port: z.number(), protocol: z.enum(['http', 'tcp']) }));

/** Ports of protocols that are no HTTP, by convention, where nothing else says what they are (IANA). */
const otherPorts = [22, 25, 53, 1433, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017];

/** The first port that requests without another go to: what enrolment says where there is a shadow, else a guess. */
export function firstHttpPort(service: Service, shadow: Service | null): number | null {
  const enrolled = routesOf(shadow);
  const ports = service.spec.ports ?? [];
  if (enrolled !== null) {
    const http = new Set(enrolled.filter(({ protocol }) => protocol === 'http').map(({ port }) => port));
    return ports.find(({ port }) => http.has(port))?.port ?? null;
  }
  return ports.find(speaksHttp)?.port ?? null;
}

function routesOf(shadow: Service | null): z.infer<typeof routes> | null {
  const text = shadow?.metadata.annotations?.[annotations.routes];
  if (text === undefined) return null;
  try {
    return routes.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function speaksHttp({ name = '', port, protocol = 'TCP', appProtocol }: ServicePort): boolean {
  if (protocol !== 'TCP') return false;
  if (appProtocol !== undefined) return /(^|\/)(http|http2|h2c|ws|grpc|grpc-web)$/i.test(appProtocol);
  if (/^(http|http2|h2c|grpc|grpc-web|web|ws|api)(-|$)/.test(name)) return true;
  if (/^(https|tls|tcp|udp|mysql|postgres|postgresql|redis|mongo|amqp|kafka)(-|$)/.test(name)) return false;
  return !otherPorts.includes(port);
}

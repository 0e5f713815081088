import type { ServicePort } from '../../kube/objects.ts';

/** Words by which ports say what they carry, as service meshes read them. */
const httpWords = ['http', 'http2', 'h2c', 'grpc', 'grpc-web', 'ws', 'web', 'api', 'rest', 'graphql'];
const tcpWords = [
  'tcp',
  'amqp',
  'cassandra',
  'dns',
  'ftp',
  'imap',
  'kafka',
  'ldap',
  'memcache',
  'memcached',
  'mongo',
  'mongodb',
  'mqtt',
  'mssql',
  'mysql',
  'nats',
  'oracle',
  'pg',
  'pop3',
  'postgres',
  'postgresql',
  'rabbitmq',
  'redis',
  'smtp',
  'sql',
  'ssh',
  'stomp',
  'thrift',
  'zookeeper',
];

/** Numbers whose protocol everyone knows, and that no one serves HTTP on. */
const tcpNumbers = new Set([
  21, 22, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5672,
  6379, 9042, 9092, 11211, 26257, 27017,
]);

/**
 * Whether the router reads requests on a port, or passes its bytes through. In this order: `appProtocol`, the port's
 * name (`<word>` or `<word>-…`), a well-known number; what says nothing is taken for HTTP.
 */
export function protocolOf(port: ServicePort): 'http' | 'tcp' {
  const said =
    bySaying(port.appProtocol?.toLowerCase().replace(/^kubernetes\.io\//, '')) ?? bySaying(port.name);
  if (said !== null) return said;
  const numbers = [port.port, port.targetPort];
  return numbers.some((number) => typeof number === 'number' && tcpNumbers.has(number)) ? 'tcp' : 'http';
}

function bySaying(text: string | undefined): 'http' | 'tcp' | null {
  if (text === undefined) return null;
  const says = (word: string) => text === word || text.startsWith(`${word}-`);
  if (httpWords.some(says)) return 'http';
  return tcpWords.some(says) ? 'tcp' : null;
}

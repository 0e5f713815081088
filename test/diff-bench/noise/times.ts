import { headerNoise, type NoiseOperator, newField } from './noise.ts';

const iso = (at: number): string => new Date(at).toISOString();

/** The time of the answer, as services write it. */
export const timeNoise: readonly NoiseOperator[] = [
  newField('time-iso-ms', 'generated at|server time', ({ at }) => iso(at)),
  newField('time-iso-seconds', 'fetched at|rendered at', ({ at }) => iso(at).replace(/\.\d+/, '')),
  newField('time-micro', 'logged at|measured at', ({ at, random }) =>
    iso(at).replace('Z', `${random.digits(3)}Z`),
  ),
  newField('time-trimmed', 'observed at|sampled at', ({ at }) => iso(at).replace(/\.?0*Z$/, 'Z')),
  newField('time-offset', 'local time|printed at', ({ at }) => iso(at + 7200000).replace('Z', '+02:00')),
  newField('time-space', 'refreshed|synced', ({ at }) => iso(at).replace('T', ' ').slice(0, 19)),
  newField('time-http', 'valid from|as of date', ({ at }) => new Date(at).toUTCString()),
  newField('time-rfc2822', 'stamp|mailed', ({ at }) => new Date(at).toUTCString().replace('GMT', '+0000')),
  newField('time-clock', 'clock|wall clock', ({ at }) => iso(at).slice(11, 19)),
  newField('epoch-seconds', 'issued|iat', ({ at }) => Math.floor(at / 1000)),
  newField('epoch-milliseconds', 'now|ts', ({ at }) => at),
  newField('epoch-float', 'unix time|precise time', ({ at, random }) => at / 1000 + random.int(1, 999) / 1e6),
  newField('epoch-nanoseconds', 'nanos|time ns', ({ at, random }) => `${at}${random.digits(6)}`),
  newField('time-relative', 'last seen|updated ago', ({ random }) => `${random.int(2, 59)} seconds ago`),
  newField(
    'duration-text',
    'took|render time',
    ({ random }) => `${random.int(1, 400)}.${random.digits(2)}ms`,
  ),
  newField(
    'duration-iso',
    'remaining|time left',
    ({ random }) => `PT${random.int(1, 59)}M${random.int(1, 59)}S`,
  ),
  newField('expiry', 'expires at|hold until', ({ at }) => iso(at + 900000)),
  headerNoise('last-modified', 'last-modified', ({ at }) => new Date(at).toUTCString()),
  headerNoise('date', 'date', ({ at }) => new Date(at).toUTCString()),
  headerNoise('expires', 'expires', ({ at }) => new Date(at + 60000).toUTCString()),
  headerNoise(
    'server-timing',
    'server-timing',
    ({ random }) => `db;dur=${random.int(1, 90)}.${random.digits(1)}, app;dur=${random.int(1, 200)}`,
  ),
];

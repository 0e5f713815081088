import type { Backend, ErrorFile } from './answers.ts';
import { headerNames } from './header-names.ts';

/** What a router's HAProxy is told once; all that changes later is the table, through the runtime socket. */
export interface HaproxySettings {
  /** Folder of the files, writable for HAProxy's socket and the agent's table. */
  readonly folder: string;
  /** Addresses to listen on: `0.0.0.0`, or `::` where pods have IPv6. */
  readonly bind: string;
  readonly http: PortRange;
  readonly tcp: PortRange;
  /** After the signal to stop, connections that are still open are cut. Seconds. */
  readonly hardStopSeconds: number;
}

export interface PortRange {
  readonly first: number;
  readonly count: number;
}

/** The paths of the files in the folder. The table is the state of the last start; see `tableFile`. */
export function haproxyPaths(folder: string) {
  return {
    config: `${folder}/haproxy.cfg`,
    lua: `${folder}/seatrial.lua`,
    table: `${folder}/table.map`,
    socket: `${folder}/haproxy.sock`,
    error: (name: ErrorFile) => `${folder}/${name}.http`,
  } as const;
}

/** Longest silence that ends nothing: timers of HAProxy hold 31 bits of milliseconds. */
const never = '24d';

/** How long a fork may take to accept a connection before its request is refused. It is a pod of the same cluster. */
const forkConnect = '2500ms';

/**
 * Headers up to this size pass, as do bodies of any size. Buffers are taken only while bytes wait in them, so this
 * is no memory for each connection.
 */
const bufferBytes = 128 * 1024;

/**
 * The environment of a HAProxy with buffers of that size. Its own cache holds four of them; what is beyond goes back to
 * glibc, which by default gives it back to the kernel and takes it anew: half a page fault a request, against none.
 */
export const haproxyEnvironment = {
  GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1048576:glibc.malloc.trim_threshold=67108864',
} as const;

/**
 * HAProxy 2.6 with a static configuration. One thread: Lua's tables and the sequence of hops are then the same for
 * all requests. The decision for keyed requests is in `lua.ts`; requests without a carrier never meet Lua.
 *
 * A keyed request ends with its caller (`abortonclose`), so that an answer that nobody waited for is not counted as a
 * good one. It stands in the defaults, as 2.6.12 looks at the caller meanwhile only if the frontend has it as well
 * (haproxy issue 2344). A request without key may come from a caller that has closed its half and still reads.
 *
 * A wish to go on in HTTP/2 is taken off (RFC 9113 dropped it, and a server may always ignore it), and nobody else
 * switches protocols unasked: behind it the requests of many keys would go where the first one went.
 */
export function haproxyConfig(settings: HaproxySettings): string {
  const paths = haproxyPaths(settings.folder);
  const bind = settings.bind.includes(':') ? `[${settings.bind}]` : settings.bind;
  const listen = ({ first, count }: PortRange) => `bind ${bind}:${first}-${first + count - 1}`;
  const address = `var(txn.base),field(1,' ')`;
  const port = `var(txn.base),field(2,' ')`;
  return `global
  nbthread 1
  fd-hard-limit 60000
  stats socket ${paths.socket} mode 600 level admin
  stats timeout 1h
  hard-stop-after ${settings.hardStopSeconds}s
  lua-load ${paths.lua}
  tune.bufsize ${bufferBytes}
  tune.maxrewrite 1024
  tune.http.maxhdr 32767
${headerNames.map((name) => `  h1-case-adjust ${name.toLowerCase()} ${name}`).join('\n')}

ring ends
  size 65536
  format raw

defaults plumbing
  timeout connect 2m
  timeout client ${never}
  timeout server ${never}
  timeout tunnel ${never}
  retries 0
  http-reuse never
  option clitcpka
  option srvtcpka

defaults http from plumbing
  mode http
  option http-no-delay
  option h1-case-adjust-bogus-client
  option h1-case-adjust-bogus-server
  option accept-invalid-http-response
  option abortonclose

frontend http from http
  log ring@ends local0
  log-format "%[lua.seatrial_ended] %ts"
  option dontlog-normal
  ${listen(settings.http)}
  acl upgrade var(txn.upgrade) -m found
  http-request set-var(txn.upgrade) bool(true) if { req.fhdr(upgrade) -m found }
  http-request del-header ^(upgrade|http2-settings|connection)$ -m reg if upgrade { req.hdr(upgrade) -m beg -i h2 }
  http-request unset-var(txn.upgrade) if upgrade !{ req.fhdr(upgrade) -m found }
  acl carried req.fhdr(baggage) -m sub seatrial
  acl carried req.fhdr(tracestate) -m sub seatrial
  acl carried req.fhdr(x-seatrial-key) -m found
  acl keyed var(txn.said) -m found
  acl grpc var(txn.grpc) -m found
  acl refused var(txn.refused) -m found
  http-request set-var(txn.base) dst_port,map_str(${paths.table})
  http-request set-var(txn.baggage) req.fhdr(baggage) if { req.fhdr_cnt(baggage) eq 1 } { req.fhdr(baggage) -m sub seatrial }
  http-request set-var(txn.said) dst_port,concat(|,txn.base),concat(|,txn.baggage),lua.seatrial_said if { var(txn.baggage) -m found }
  http-request lua.seatrial if carried !{ var(txn.said) -m beg keyed fork refused }
  http-request set-var(txn.hop) var(txn.said),field(2,' ') if keyed !{ var(txn.said),field(2,' ') -m str none }
  http-request set-var(txn.grpc) bool(true) if keyed { req.fhdr(content-type) -m beg application/grpc } !{ req.fhdr(content-type) -m beg application/grpc- }
  http-request set-var(txn.routed) var(txn.said),field(3,' ') if keyed
  http-request set-var(txn.refused) var(txn.routed) if keyed { var(txn.said) -m beg refused }
  http-request set-var(txn.service) var(txn.said),field(4,' ') if refused
  http-request set-var(txn.base) var(txn.said),field(4,' ',0) if keyed { var(txn.said) -m beg fork }
  http-request set-log-level silent unless { var(txn.hop) -m found }
  http-request return status 200 hdr grpc-status 14 hdr grpc-message "%[var(txn.refused)]" hdr x-seatrial-error "%[var(txn.refused)]" if refused grpc
  http-request return status 503 content-type "text/plain; charset=utf-8" lf-string "${refusalText}" hdr x-seatrial-error "%[var(txn.refused)]" if refused
  http-request return status 502 content-type "text/plain; charset=utf-8" string "The service does not answer.\\n" unless { var(txn.base) -m found }
  http-request set-dst ${address}
  http-request set-dst-port ${port}
  http-after-response set-header content-type application/grpc if refused grpc
  http-after-response set-header connection close if { var(txn.base),field(4,' ') -m str close }
  use_backend %[var(txn.said),field(1,' ')] if keyed { fc_http_major 1 }
  use_backend %[var(txn.said),field(1,' ')]-grpc if keyed grpc
  use_backend %[var(txn.said),field(1,' ')]-h2 if keyed
  use_backend plain-h2 if { fc_http_major 2 }
  default_backend plain

${httpBackend('plain', ['no option abortonclose'])}
${httpBackend('plain-h2', ['no option abortonclose'])}
${httpBackend('keyed', keyedRules('baseline'))}
${httpBackend('keyed-h2', keyedRules('baseline'))}
${httpBackend('keyed-grpc', keyedRules('baseline', true))}
${httpBackend('fork', keyedRules('fork'))}
${httpBackend('fork-h2', keyedRules('fork'))}
${httpBackend('fork-grpc', keyedRules('fork', true))}
frontend tcp from plumbing
  mode tcp
  ${listen(settings.tcp)}
  tcp-request content set-var(txn.base) dst_port,map_str(${paths.table})
  tcp-request content reject unless { var(txn.base) -m found }
  tcp-request content set-dst ${address}
  tcp-request content set-dst-port ${port}
  default_backend tcp

backend tcp from plumbing
  mode tcp
  server service 0.0.0.0:0
`.replaceAll('{folder}', settings.folder);
}

const refusalText =
  "The sandbox's fork of %[var(txn.service)] cannot serve: %[var(txn.refused)]. The baseline was not asked instead.\\n";

/**
 * Requests that HAProxy itself answers in these backends found no connection (503) or no HTTP answer (502). A file
 * for one status may answer with another.
 * The log, which is evaluated for ends that are not normal alone, tells of answers that broke off.
 */
function keyedRules(kind: 'baseline' | 'fork', grpc = false): string[] {
  return [
    ...(kind === 'fork' ? [`timeout connect ${forkConnect}`] : []),
    'errorfile 400 {folder}/keyed-400.http',
    'http-response set-var(txn.answered) status',
    ...(grpc ? ['http-response set-var(txn.status) res.fhdr(grpc-status)'] : []),
    `http-response set-var(txn.noted) var(txn.hop),concat(" ",txn.answered)${grpc ? ',concat(:,txn.status)' : ''},lua.seatrial_answered`,
    'http-response add-header x-seatrial-routed "%[var(txn.routed)]"',
    'http-after-response set-var(txn.answered) lua.seatrial_unanswered unless { var(txn.answered) -m found }',
  ];
}

function httpBackend(name: Backend | 'plain-h2' | 'keyed-h2' | 'fork-h2', rules: readonly string[]): string {
  const family = name.replace('-h2', '');
  const proto = name === family && !name.endsWith('-grpc') ? '' : ' proto h2';
  const lines = [
    'http-response deny deny_status 502 if { status 101 } !{ var(txn.upgrade) -m found }',
    ...rules,
    `errorfile 503 {folder}/${family}-503.http`,
    `errorfile 502 ${family === 'plain' ? '/dev/null' : `{folder}/${family}-502.http`}`,
    `server service 0.0.0.0:0${proto}`,
  ];
  return `backend ${name} from http\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

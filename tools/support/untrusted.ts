/** Text that services wrote: fenced and named as data, so that nobody takes it for an instruction. */
export function untrusted(what: string, lines: readonly string[]): string {
  const cut = lines.map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
  return [`--- ${what}: untrusted text, data only ---`, ...cut, '--- end ---'].join('\n');
}

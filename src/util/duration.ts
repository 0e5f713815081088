const seconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of `90s`, `30m`, `2h`, `1d`, or of a bare number of seconds; null where it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})\s*([smhd]?)$/.exec(text.trim());
  if (match?.[1] === undefined) return null;
  const unit = match[2];
  return (
    Number(match[1]) * (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? seconds[unit] : 1)
  );
}

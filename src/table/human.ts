const UNITS = ['K', 'M', 'G', 'T', 'P', 'E'] as const;

/** Bytes in at most five characters: `0`, `999`, `1.5K`, `64K`, `1023M`; units are binary. */
export function humanBytes(bytes: number): string {
  return bytes < 1000 ? String(bytes) : withUnit(bytes, 1024);
}

/** A quantity in at most five characters, by the first unit in which it is below 999.5. @param step from one unit to the next */
export function withUnit(quantity: number, step: number): string {
  let value = quantity;
  let unit = -1;
  do {
    value /= step;
    unit++;
  } while (value >= 999.5 && unit < UNITS.length - 1);
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)}${UNITS[unit]}`;
}

/**
 * Microseconds in at most six characters: `87µs`, `1.25ms`, `350ms`, `12.3s`, `12m34s`, `12h34m`, `12d3h`, `400d`; a rough one in at most
 * five: `1.2ms`, `12m`.
 */
export function humanDuration(us: number, rough = false): string {
  if (rough) return roughDuration(us);
  if (us < 1000) return `${us}µs`;
  if (us < 9_995) return `${(us / 1000).toFixed(2)}ms`;
  if (us < 999_500) return `${(us / 1000).toFixed(us < 99_950 ? 1 : 0)}ms`;
  const seconds = us / 1e6;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)}s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 2400 ? `${Math.floor(hours / 24)}d${hours % 24}h` : `${Math.floor(hours / 24)}d`;
}

function roughDuration(us: number): string {
  if (us < 1000) return `${us}µs`;
  if (us < 9_950) return `${(us / 1000).toFixed(1)}ms`;
  if (us < 999_500) return `${(us / 1000).toFixed(0)}ms`;
  if (us < 59.5e6) return `${(us / 1e6).toFixed(us < 9.95e6 ? 1 : 0)}s`;
  if (us < 3570e6) return `${Math.round(us / 60e6)}m`;
  if (us < 84_600e6) return `${Math.round(us / 3600e6)}h`;
  return `${Math.round(us / 86_400e6)}d`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

import { putDecimalNumber, putPadded } from './decimal.js';

const DAY_US = 86_400_000_000;
/** Bytes of `"2026-11-20T23:59:59.000000Z"`, and of a number in its place. */
export const MAX_TIME_BYTES = 29;

let cachedDay = Number.NaN;
const cachedDate = new Uint8Array(12);

/** Fills the cache with `"YYYY-MM-DDT` of a day, by the civil-from-days rule of the proleptic Gregorian calendar. */
function cacheDate(day: number): void {
  const z = day + 719_468; // days since 0000-03-01
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  cachedDate[0] = 0x22;
  putPadded(cachedDate, 1, yearOfEra + era * 400 + (month <= 2 ? 1 : 0), 4);
  cachedDate[5] = 0x2d;
  putPadded(cachedDate, 6, month, 2);
  cachedDate[8] = 0x2d;
  putPadded(cachedDate, 9, dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1, 2);
  cachedDate[11] = 0x54;
  cachedDay = day;
}

/**
 * Writes µs since 1970 (UTC) as a JSON string in the form of RFC 3339 with six digits of fraction; a time beyond 2^53 µs either way (the
 * years 1684 to 2255), which no clock shows and a double does not hold exactly, as a bare number.
 */
export function putTime(out: Uint8Array, pos: number, us: number): number {
  if (!Number.isSafeInteger(us)) return putDecimalNumber(out, pos, us);
  const day = Math.floor(us / DAY_US);
  if (day !== cachedDay) cacheDate(day);
  for (let i = 0; i < 12; i++) out[pos + i] = cachedDate[i]!;
  const rest = us - day * DAY_US;
  const seconds = (rest / 1e6) >>> 0;
  const minutes = (seconds / 60) >>> 0;
  const hours = (minutes / 60) >>> 0;
  let p = putPadded(out, pos + 12, hours, 2);
  out[p] = 0x3a;
  p = putPadded(out, p + 1, minutes - hours * 60, 2);
  out[p] = 0x3a;
  p = putPadded(out, p + 1, seconds - minutes * 60, 2);
  out[p] = 0x2e;
  p = putPadded(out, p + 1, rest - seconds * 1e6, 6);
  out[p] = 0x5a;
  out[p + 1] = 0x22;
  return p + 2;
}

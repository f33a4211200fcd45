const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z$/;

/** The µs since 1970 that `putTime` wrote as this text, without its quotes; NaN when it is no such text. */
export function parseTime(text: string): number {
  const [year, month, day, hours, minutes, seconds, micros] = (PATTERN.exec(text)?.slice(1) ?? []).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year === undefined) return Number.NaN;
  // Days since 1970 of a day of the proleptic Gregorian calendar, its years from March on.
  const y = year - (month <= 2 ? 1 : 0);
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e6 + micros;
}

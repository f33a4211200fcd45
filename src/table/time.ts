/** The time of day here, with its ms where there is room; UTC and the date where there is more. */
export function timeOfDay(at: Date, width: number): string {
  if (width >= 24) return at.toISOString();
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return width < 12 ? clock : `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

const written = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)([+-]\d\d:\d\d)$/;

/**
 * True for a wall time that the zone skips, with the offset of before or after the skip: 02:30+01:00 in Berlin on the last Sunday of
 * March. As an instant it exists, but nobody who wrote it meant half past three. In UTC, or with the offset of another
 * zone, an instant is meant.
 */
export const inClockGap = (text: string, zone: string): boolean => {
  const [, wall, offset] = written.exec(text) ?? [];
  if (!wall || !offset || offset === '+00:00' || offset === '-00:00') return false;
  const plain = Temporal.PlainDateTime.from(wall);
  const before = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const after = plain.toZonedDateTime(zone, { disambiguation: 'later' });
  const skipped = !before.toPlainDateTime().equals(plain) && !after.toPlainDateTime().equals(plain);
  return skipped && [before.offset, after.offset].includes(offset);
};

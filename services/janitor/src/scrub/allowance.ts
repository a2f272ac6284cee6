const dayMs = 24 * 3_600_000;

/** What was read by a day, counted in days since 1970 (UTC). */
export interface Spent {
  day: number;
  bytes: number;
}

/** What was read today. A file that is larger than what a day had left is read nevertheless, and the next days read less for it. */
export function spentToday(spent: Spent, bytesPerDay: number, now = new Date()): Spent {
  const day = Math.floor(now.getTime() / dayMs);
  // A clock that was set back gives nobody another day.
  const days = Math.max(0, day - spent.day);
  return { day: Math.max(day, spent.day), bytes: Math.max(0, spent.bytes - days * bytesPerDay) };
}

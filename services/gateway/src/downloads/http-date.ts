const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const time = String.raw`(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)`;

/** The forms of RFC 9110 §5.6.7: the one that is sent today, and the two that recipients must still read. */
const forms = [
  new RegExp(String.raw`^[a-z]{3}, (?<day>\d\d) (?<month>[a-z]{3}) (?<year>\d{4}) ${time} GMT$`, 'i'),
  new RegExp(String.raw`^[a-z]{6,9}, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) ${time} GMT$`, 'i'),
  new RegExp(String.raw`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) ${time} (?<year>\d{4})$`, 'i'),
];

/** An HTTP date as epoch milliseconds (whole seconds), or undefined for anything else, which a recipient ignores. */
export function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  for (const form of forms) {
    const parts = form.exec(text.trim())?.groups;
    if (parts) return toEpochMs(parts);
  }
  return undefined;
}

function toEpochMs(parts: Record<string, string>): number | undefined {
  const month = months.indexOf(String(parts.month).toLowerCase());
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((name) => Number(parts[name]));
  const epochMs = Date.UTC(fullYear(String(parts.year)), month, day, hour, minute, second);
  const isReal = month >= 0 && new Date(epochMs).getUTCDate() === day && Number(hour) < 24 && Number(minute) < 60;
  return isReal ? epochMs : undefined;
}

/** Two digits that seem to lie more than 50 years ahead are of the past century (RFC 9110 §5.6.7). */
function fullYear(digits: string): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date().getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}

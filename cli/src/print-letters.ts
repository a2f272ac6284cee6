import { type DeadLetter, describeLeftMessage } from '@wharf/messaging';
import { printable } from './printable.js';
import { ageOf, table } from './table.js';

const reasonWidth = 60;

export function printLetters(letters: readonly DeadLetter[], { isJson }: { isJson: boolean }): void {
  if (isJson) {
    for (const letter of letters) process.stdout.write(`${JSON.stringify(toJson(letter))}\n`);
    return;
  }
  const head = ['ID', 'SERVICE', 'SUBJECT', 'ABOUT', 'CODE', 'DELIVERIES', 'AGE', 'REASON'];
  const rows = letters.map((letter) => [
    String(letter.id),
    letter.service,
    letter.subject,
    letter.about ?? '-',
    letter.code,
    String(letter.deliveries),
    ageOf(letter.givenUpAt),
    shortened(letter.reason),
  ]);
  process.stdout.write(letters.length === 0 ? 'There are no dead letters.\n' : printable(table(head, rows)));
}

/** `payload` is undefined where the message was left in its stream and is not there any more. */
export function printLetter(
  letter: DeadLetter,
  payload: Uint8Array | undefined,
  { isJson }: { isJson: boolean },
): void {
  if (isJson) {
    const shown = payload ? prettyPayload(payload) : null;
    process.stdout.write(`${JSON.stringify({ ...toJson(letter), headers: letter.headers, payload: shown })}\n`);
    return;
  }
  const { left, origin } = letter;
  const facts: [string, string][] = [
    ['id', String(letter.id)],
    ['service', letter.service],
    ['subject', letter.subject],
    ['about', letter.about ?? '-'],
    ['code', letter.code],
    ['reason', letter.reason],
    ['deliveries', String(letter.deliveries)],
    ['given up', `${letter.givenUpAt} (${ageOf(letter.givenUpAt)} ago)`],
    ['origin', `${origin.stream} ${origin.sequence}`],
    ...Object.entries(letter.headers).map(([name, values]): [string, string] => [`header ${name}`, values.join(', ')]),
  ];
  for (const [name, value] of facts) process.stdout.write(printable(`${name}: ${value}\n`));
  if (left) process.stdout.write(`too large for its letter: ${describeLeftMessage(left)}\n`);
  process.stdout.write(payload ? `payload:\n${prettyPayload(payload)}\n` : 'payload: it is not there any more\n');
}

function toJson(letter: DeadLetter): object {
  const { about, code, deliveries, givenUpAt, id, origin, reason, service, subject } = letter;
  return { id, service, subject, about: about ?? null, code, reason, deliveries, given_up_at: givenUpAt, origin };
}

/** Indented where it is JSON; as it is where it is other text; else as hex: a message may be anything. */
function prettyPayload(payload: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(payload);
    return prettyJson(text);
  } catch {
    return Buffer.from(payload).toString('hex');
  }
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return printable(text);
  }
}

function shortened(text: string): string {
  return text.length <= reasonWidth ? text : `${text.slice(0, reasonWidth - 1)}…`;
}

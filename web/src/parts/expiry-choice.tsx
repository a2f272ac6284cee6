import { words } from '../language/language.ts';
import { Choice } from './field.tsx';

const hourSeconds = 3600;
const spans = {
  hour: hourSeconds,
  day: 24 * hourSeconds,
  week: 7 * 24 * hourSeconds,
  month: 30 * 24 * hourSeconds,
} as const;
export type Span = keyof typeof spans;

/** For how long something is to be; its value is seconds, or empty for always. */
export function ExpiryChoice({ hasNever = true, label, preset }: { label: string; preset: Span; hasNever?: boolean }) {
  return (
    <Choice label={label} name="expires_in">
      {Object.entries(spans).map(([span, seconds]) => (
        <option key={span} value={seconds} selected={span === preset}>
          {words().spans[span as Span]}
        </option>
      ))}
      {hasNever && <option value="">{words().never}</option>}
    </Choice>
  );
}

/** Undefined where an input is empty. */
export function numberOf(fields: FormData, name: string): number | undefined {
  const text = String(fields.get(name) ?? '');
  return text === '' ? undefined : Number(text);
}

export function textOf(fields: FormData, name: string): string | undefined {
  const text = String(fields.get(name) ?? '').trim();
  return text === '' ? undefined : text;
}

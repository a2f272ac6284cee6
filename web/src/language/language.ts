import { computed, signal } from '@preact/signals';
import { en } from './en.ts';

/** Every text of the page; another language with a missing or a superfluous one does not compile. */
export type Dictionary = typeof en;
export const languages = { en: 'English', ru: 'Русский' } as const;
export type Language = keyof typeof languages;

const key = 'wharf.language';
export const language = signal<Language>('en');
const dictionary = signal<Dictionary>(en);

/** The texts in the language of now; a component that calls it is drawn again when that changes. */
export function words(): Dictionary {
  return dictionary.value;
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  const texts = chosen === 'ru' ? (await import('./ru.ts')).ru : en;
  dictionary.value = texts;
  language.value = chosen;
  document.documentElement.lang = chosen;
  localStorage.setItem(key, chosen);
}

/** The one that was chosen before, else the first one of the browser's that there is. */
export function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(key) ?? '', ...navigator.languages].map((tag) => tag.slice(0, 2));
  return (wanted.find((tag) => tag in languages) as Language | undefined) ?? 'en';
}

const sizes = computed(() => unitsOf(language.value));
const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function unitsOf(locale: string): Intl.NumberFormat[] {
  return sizeUnits.map(
    (unit, power) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit,
        unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: power === 0 ? 0 : 1,
      }),
  );
}

export function sizeText(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 1000 && power < sizeUnits.length - 1) {
    value /= 1000;
    power++;
  }
  return (sizes.value[power] as Intl.NumberFormat).format(value);
}

const times = computed(() => new Intl.DateTimeFormat(language.value, { dateStyle: 'medium', timeStyle: 'short' }));

export function timeText(time: string | number): string {
  return times.value.format(new Date(time));
}

const numbers = computed(() => new Intl.NumberFormat(language.value));

export function numberText(value: number): string {
  return numbers.value.format(value);
}

const steps = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [Number.POSITIVE_INFINITY, 'day'],
] as const;

/** A duration by its two largest units at most, such as `2 min`. */
export function durationText(seconds: number): string {
  let value = seconds;
  for (const [size, unit] of steps) {
    if (value < size || unit === 'day') {
      return new Intl.NumberFormat(language.value, {
        style: 'unit',
        unit,
        unitDisplay: 'short',
        maximumFractionDigits: 0,
      }).format(Math.max(0, Math.ceil(value)));
    }
    value /= size;
  }
  return '';
}

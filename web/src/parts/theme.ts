import { signal } from '@preact/signals';

/** `auto`: as the system has it. */
export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const key = 'wharf.theme';
export const theme = signal<Theme>('auto');

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  document.documentElement.dataset.theme = chosen;
  localStorage.setItem(key, chosen);
}

export function restoreTheme(): void {
  const kept = localStorage.getItem(key) as Theme;
  chooseTheme(themes.includes(kept) ? kept : 'auto');
}

import { signal } from '@preact/signals';
import { words } from '../language/language.ts';
import { errorText } from './error-text.ts';
import { Icon } from './icon.tsx';

interface Notice {
  id: number;
  text: string;
  isError: boolean;
}

const notices = signal<Notice[]>([]);
const shownMs = 6000;
let count = 0;

/** Shown for a while, and read out. */
export function announce(text: string): void {
  show(text, false);
}

/** Shown until it is closed, and read out at once. */
export function complain(error: unknown): void {
  show(errorText(error), true);
}

function show(text: string, isError: boolean): void {
  const id = ++count;
  notices.value = [...notices.value.slice(-3), { id, text, isError }];
  if (!isError) setTimeout(() => close(id), shownMs);
}

function close(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function Notices() {
  return (
    <div class="notices">
      <div role="status">{notices.value.filter(({ isError }) => !isError).map(drawNotice)}</div>
      <div role="alert">{notices.value.filter(({ isError }) => isError).map(drawNotice)}</div>
    </div>
  );
}

function drawNotice({ id, isError, text }: Notice) {
  return (
    <p key={id} class={isError ? 'notice error' : 'notice'}>
      <span>{text}</span>
      <button type="button" class="button quiet square" aria-label={words().close} onClick={() => close(id)}>
        <Icon name="close" />
      </button>
    </p>
  );
}

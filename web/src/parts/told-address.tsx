import { words } from '../language/language.ts';
import { CopyField } from './copy-field.tsx';

interface ToldAddress {
  /** As the gateway tells it: a path, or all of it. */
  url: string;
  label: string;
  hint: string;
  /** What holds for it, such as its end. */
  notes: readonly (string | undefined)[];
  onClose(): void;
}

/** The address of something that was made just now: told once, since nobody knows it afterwards. */
export function ToldAddress({ hint, label, notes, onClose, url }: ToldAddress) {
  return (
    <div class="shared">
      <p>{hint}</p>
      <CopyField text={new URL(url, location.origin).href} label={label} hasQr />
      <p class="hint">{notes.filter(Boolean).join(' · ')}</p>
      <div class="form-actions">
        <button type="button" class="button primary" onClick={onClose}>
          {words().done}
        </button>
      </div>
    </div>
  );
}

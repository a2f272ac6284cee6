import { useRef, useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { Icon } from './icon.tsx';
import { lazy } from './lazy.tsx';

const QrCode = lazy(async () => (await import('./qr-code.tsx')).QrCode);

/** A text to be taken along: copied, or by the camera of a phone. */
export function CopyField({ hasQr = false, label, text }: { text: string; label: string; hasQr?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    input.current?.select();
    // Browsers have the clipboard where they take the page for safe.
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else document.execCommand('copy');
    setCopied(true);
  };
  return (
    <div class="copy">
      <div class="copy-line">
        <input ref={input} readOnly value={text} aria-label={label} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon name={isCopied ? 'check' : 'copy'} />
          <span role="status">{isCopied ? words().copied : words().copy}</span>
        </button>
      </div>
      {hasQr && <QrCode text={text} />}
    </div>
  );
}

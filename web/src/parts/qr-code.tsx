import encodeQR from 'qr';
import { words } from '../language/language.ts';

const margin = 2;

export function QrCode({ text }: { text: string }) {
  const rows = encodeQR(text, 'raw', { border: 0 });
  const size = rows.length + 2 * margin;
  const path = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x + margin} ${y + margin}h1v1h-1z`] : [])),
  );
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words().qrOf(text)}>
      <path d={path.join('')} />
    </svg>
  );
}

import encodeQR from 'qr';
import { words } from '../language/language.ts';

export function QrCode({ text }: { text: string }) {
  const rows = encodeQR(text, 'raw');
  const size = rows.length;
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words().qrOf(text)}>
      <path d={path.join('')} />
    </svg>
  );
}

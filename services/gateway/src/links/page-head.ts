import type { LinkView } from '@wharf/contracts';
import type { PageHead } from '../pages/head.js';

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** What the page of a link says of itself to bots that make previews: of a link with a password nothing that it protects. */
export function headOf({ file_count, files, has_password, is_unlocked, title, total_bytes }: LinkView): PageHead {
  if (has_password && !is_unlocked) return { title: 'Shared files', description: 'Protected by a password' };
  const [file] = files;
  const many = `${file_count} files`;
  const name = title ?? (file_count === 1 && file ? file.name : many);
  const size = sizeText(total_bytes);
  return { title: name, description: file_count === 1 ? size : `${many}, ${size}` };
}

/** In decimal units, to three figures at least. */
function sizeText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

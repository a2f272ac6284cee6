import { useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import type { UploadQueue } from './upload-queue.ts';

interface Unfinished {
  key: string;
  path: string;
  url: string;
}

/** What a reload has broken off: files are no longer known then, but the same one may be chosen again. */
export function UnfinishedUploads({ name, queue }: { name: string; queue: UploadQueue }) {
  const [left, setLeft] = useState(() => findUnfinished(name));
  const underWay = new Set(queue.uploads.value.map((upload) => upload.chosen.path));
  const shown = left.filter(({ path }) => !underWay.has(path));
  if (shown.length === 0) return null;
  const forget = ({ key, url }: Unfinished) => {
    localStorage.removeItem(key);
    setLeft((before) => before.filter((one) => one.key !== key));
    // What the server has of it ends by itself as well.
    void send('DELETE', new URL(url, location.origin).pathname, { headers: { 'Tus-Resumable': '1.0.0' } }).catch(
      () => undefined,
    );
  };
  return (
    <section class="unfinished" aria-label={words().unfinished}>
      <p>{words().unfinishedHint}</p>
      <ul>
        {shown.map((one) => (
          <li key={one.key}>
            <span class="upload-name">{one.path}</span>
            <button
              type="button"
              class="button quiet square"
              aria-label={words().discardOf(one.path)}
              onClick={() => forget(one)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Where tus-js-client keeps them: `tus::<fingerprint>::<number>`. */
function findUnfinished(name: string): Unfinished[] {
  const prefix = `tus::wharf ${name} `;
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      const path = key.slice(prefix.length).replace(/ \d+ \d+::\d+$/, '');
      const kept: { uploadUrl?: string } = JSON.parse(localStorage.getItem(key) ?? '{}');
      return kept.uploadUrl ? [{ key, path, url: kept.uploadUrl }] : [];
    });
}

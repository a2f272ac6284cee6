import { WebUploadStore } from '@wharf/client';
import { useState } from 'preact/hooks';
import { sender } from '../api/wharf.ts';
import { words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import type { UploadQueue } from './upload-queue.ts';

interface Unfinished {
  fingerprint: string;
  path: string;
}

const store = new WebUploadStore();

/** What a reload has broken off: files are no longer known then, but the same one may be chosen again. */
export function UnfinishedUploads({ name, queue }: { name: string; queue: UploadQueue }) {
  const [left, setLeft] = useState(() => findUnfinished(name));
  const underWay = new Set(queue.uploads.value.map((upload) => upload.chosen.path));
  const shown = left.filter(({ path }) => !underWay.has(path));
  if (shown.length === 0) return null;
  const forget = ({ fingerprint }: Unfinished) => {
    setLeft((before) => before.filter((one) => one.fingerprint !== fingerprint));
    // Where it cannot be told now, it ends by itself.
    void sender.discardUpload(store, fingerprint).catch(() => store.forget(fingerprint));
  };
  return (
    <section class="unfinished" aria-label={words().unfinished}>
      <p>{words().unfinishedHint}</p>
      <ul>
        {shown.map((one) => (
          <li key={one.fingerprint}>
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

/** Where the client keeps them: their fingerprints are made in `upload.ts`. */
function findUnfinished(name: string): Unfinished[] {
  const prefix = `wharf-upload:${name}|`;
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => ({
      fingerprint: key.slice('wharf-upload:'.length),
      path: key.slice(prefix.length).split('|').slice(0, -2).join('|'),
    }));
}

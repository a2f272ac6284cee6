import type { LinkView } from '@wharf/client';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { iconOf } from '../files/file-icon.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { CopyField } from '../parts/copy-field.tsx';
import { Ended } from '../parts/ended.tsx';
import { Icon } from '../parts/icon.tsx';
import { UnlockForm } from '../parts/unlock-form.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { VisitorFrame } from '../parts/visitor-frame.tsx';
import { Preview } from '../preview/preview.tsx';

type SharedFile = LinkView['files'][number];

/** What somebody has shared, for whoever has the address. Nothing is used up before a download begins. */
export function SharedPage({ token }: { token: string }) {
  const { error, reload, value: link } = useLoaded(() => wharf.links.view(token), token);
  const unlock = async (password: string) => {
    await wharf.links.unlock(token, password);
    await reload();
  };
  return (
    <VisitorFrame>
      {error !== undefined && <Ended title={words().linkEnded} error={error} onRetry={() => void reload()} />}
      {!link && error === undefined && <p class="loading">{words().loading}</p>}
      {link &&
        error === undefined &&
        (link.is_unlocked ? <Shared link={link} onTaken={() => void reload()} /> : <UnlockForm onUnlock={unlock} />)}
    </VisitorFrame>
  );
}

/** A browser begins to take a download a moment after it was told to. */
const takenAfterMs = 2500;

function Shared({ link, onTaken }: { link: LinkView; onTaken(): void }) {
  const { archive_name: archiveName, download_url: address, file_count: count, files, title } = link;
  const isCounted = link.downloads_left !== null;
  const taken = () => setTimeout(onTaken, takenAfterMs);
  const [only] = files;
  return (
    <>
      <h1>{title ?? (count === 1 ? only?.name : undefined) ?? words().fileCount(count)}</h1>
      <p class="hint">
        {[
          title !== null && count > 1 ? words().fileCount(count) : undefined,
          sizeText(link.total_bytes),
          link.expires_at ? words().until(timeText(link.expires_at)) : undefined,
          link.downloads_left === null ? undefined : words().downloadsLeft(link.downloads_left),
          link.gone_count > 0 ? words().goneCount(link.gone_count) : undefined,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <p>
        <a class="button primary big" href={address} download={archiveName ?? ''} onClick={taken}>
          <Icon name="download" />
          {count === 1 ? words().download : words().downloadAll}
        </a>
      </p>
      {count === 1 && only ? (
        <PreviewOf file={only} isCounted={isCounted} />
      ) : (
        <ul class="shared-files">
          {files.map((file) => (
            <SharedRow key={file.uid} file={file} isCounted={isCounted} onTaken={taken} />
          ))}
        </ul>
      )}
      <details>
        <summary>{words().takeAlong}</summary>
        <CopyField text={location.href} label={words().linkAddress} hasQr />
      </details>
    </>
  );
}

function SharedRow({ file, isCounted, onTaken }: { file: SharedFile; isCounted: boolean; onTaken(): void }) {
  const [isShown, setShown] = useState(false);
  return (
    <li>
      <div class="shared-row">
        <Icon name={iconOf(file.content_type)} />
        <span class="upload-name">{file.name}</span>
        <span class="hint">{sizeText(file.size_bytes)}</span>
        {file.is_previewable && !isCounted && (
          <button
            type="button"
            class="button quiet"
            aria-expanded={isShown}
            aria-label={words().previewOf(file.name)}
            onClick={() => setShown(!isShown)}
          >
            {words().preview}
          </button>
        )}
        <a
          class="button"
          href={file.download_url}
          download=""
          aria-label={words().downloadOf(file.name)}
          onClick={onTaken}
        >
          <Icon name="download" />
        </a>
      </div>
      {isShown && <PreviewOf file={file} isCounted={isCounted} />}
    </li>
  );
}

function PreviewOf({ file, isCounted }: { file: SharedFile; isCounted: boolean }) {
  if (!file.is_previewable) return null;
  const { content_type, download_url, name, size_bytes } = file;
  return (
    <Preview file={{ original_name: name, content_type, size_bytes }} address={download_url} isCounted={isCounted} />
  );
}

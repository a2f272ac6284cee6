import { useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { lazy } from '../parts/lazy.tsx';
import { type PreviewKind, previewKind } from './preview-kind.ts';

const TextPreview = lazy(async () => (await import('./text-preview.tsx')).TextPreview);
const PdfPreview = lazy(async () => (await import('./pdf-preview.tsx')).PdfPreview);

interface PreviewedFile {
  original_name: string;
  content_type: string;
  size_bytes: number;
}

interface PreviewOptions {
  file: PreviewedFile;
  /** Of the bytes. */
  address: string;
  /** Whether reading them uses up a download. */
  isCounted: boolean;
}

/** Only of types that run nothing, and never of bytes whose reading counts. */
export function Preview({ address, file, isCounted }: PreviewOptions) {
  const [hasFailed, setFailed] = useState(false);
  const kind = previewKind(file.content_type);
  if (!kind) return null;
  return (
    <section class="preview" aria-label={words().preview}>
      {isCounted && <p class="hint">{words().previewCounted}</p>}
      {!isCounted && hasFailed && <p class="hint">{words().previewFailed}</p>}
      {!isCounted &&
        !hasFailed &&
        draw(kind, { file, address: `${address}?disposition=inline`, onFail: () => setFailed(true) })}
    </section>
  );
}

interface Drawn {
  file: PreviewedFile;
  address: string;
  onFail(): void;
}

function draw(kind: PreviewKind, { address, file, onFail }: Drawn) {
  switch (kind) {
    case 'image':
      return <img src={address} alt={file.original_name} onError={onFail} loading="lazy" />;
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: nobody has written any.
      return <video src={address} controls preload="metadata" aria-label={file.original_name} onError={onFail} />;
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: nobody has written any.
      return <audio src={address} controls preload="metadata" aria-label={file.original_name} onError={onFail} />;
    case 'text':
      return <TextPreview address={address} sizeBytes={file.size_bytes} />;
    case 'pdf':
      return <PdfPreview address={address} sizeBytes={file.size_bytes} />;
  }
}

import { useEffect, useState } from 'preact/hooks';
import { send } from '../api/call.ts';
import { sizeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';

const longestBytes = 50 * 1000 * 1000;

/** The bytes are named a PDF here, so that the browser's viewer alone gets to see them, whatever they are. */
export function PdfPreview({ address, name, sizeBytes }: { address: string; name: string; sizeBytes: number }) {
  const [url, setUrl] = useState<string>();
  const [error, setError] = useState<unknown>();
  const isTooLong = sizeBytes > longestBytes;
  useEffect(() => {
    if (isTooLong) return;
    let made: string | undefined;
    const ending = new AbortController();
    send('GET', address, { headers: { Accept: '*/*' }, signal: ending.signal })
      .then((answer) => answer.arrayBuffer())
      .then((bytes) => {
        made = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }));
        setUrl(made);
      })
      .catch((thrown) => !ending.signal.aborted && setError(thrown));
    return () => {
      ending.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [address, isTooLong]);
  if (isTooLong) return <p class="hint">{words().previewTooLong(sizeText(longestBytes))}</p>;
  if (error !== undefined) return <ErrorNote error={error} />;
  if (url === undefined) return <p class="loading">{words().loading}</p>;
  return <iframe src={url} title={name} />;
}

import { readBytes } from '../api/read-bytes.ts';
import { sizeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { useLoaded } from '../parts/use-loaded.ts';

const shownBytes = 128 * 1024;

/** The beginning of a text, as text. */
export function TextPreview({ address, sizeBytes }: { address: string; sizeBytes: number }) {
  const { error, reload, value } = useLoaded(() => readBeginning(address, sizeBytes), address);
  if (error !== undefined) return <ErrorNote error={error} onRetry={() => void reload()} />;
  if (value === undefined) return <p class="loading">{words().loading}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too. */}
      <pre tabIndex={0}>{value}</pre>
      {sizeBytes > shownBytes && <p class="hint">{words().previewCut(sizeText(shownBytes))}</p>}
    </>
  );
}

async function readBeginning(address: string, sizeBytes: number): Promise<string> {
  if (sizeBytes === 0) return '';
  const answer = await readBytes(address, { headers: { Range: `bytes=0-${shownBytes - 1}` } });
  const charset = /charset=([\w-]+)/.exec(answer.headers.get('Content-Type') ?? '')?.[1] ?? 'utf-8';
  return decoderOf(charset).decode(await answer.arrayBuffer());
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

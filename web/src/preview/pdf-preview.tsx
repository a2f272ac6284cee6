import { GlobalWorkerOptions, getDocument, type PDFDocumentProxy, VerbosityLevel } from 'pdfjs-dist';
import worker from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { useEffect, useRef, useState } from 'preact/hooks';
import { readBytes } from '../api/read-bytes.ts';
import { sizeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';

const longestBytes = 50 * 1000 * 1000;
const pagesAtATime = 5;

GlobalWorkerOptions.workerSrc = worker;

/**
 * Drawn by pdf.js and not by the viewer of the browser, which runs the scripts of a document. Its bytes are read in a worker, and what is drawn
 * is a picture.
 */
export function PdfPreview({ address, sizeBytes }: { address: string; sizeBytes: number }) {
  const [document, setDocument] = useState<PDFDocumentProxy>();
  const [error, setError] = useState<unknown>();
  const [shown, setShown] = useState(pagesAtATime);
  const isTooLong = sizeBytes > longestBytes;
  useEffect(() => {
    if (isTooLong) return;
    const ending = new AbortController();
    const opened = openDocument(address, ending.signal);
    opened.then(setDocument).catch((thrown) => !ending.signal.aborted && setError(thrown));
    return () => {
      ending.abort();
      opened.then((one) => one.loadingTask.destroy()).catch(() => undefined);
    };
  }, [address, isTooLong]);
  if (isTooLong) return <p class="hint">{words().previewTooLong(sizeText(longestBytes))}</p>;
  if (error !== undefined) return <ErrorNote error={error} />;
  if (document === undefined) return <p class="loading">{words().loading}</p>;
  const count = document.numPages;
  return (
    <div class="pdf">
      {Array.from({ length: Math.min(shown, count) }, (_, index) => (
        <PdfPage key={index} document={document} number={index + 1} />
      ))}
      {shown < count && (
        <button type="button" class="button" onClick={() => setShown(shown + pagesAtATime)}>
          {words().more}
        </button>
      )}
    </div>
  );
}

async function openDocument(address: string, signal: AbortSignal): Promise<PDFDocumentProxy> {
  const answer = await readBytes(address, { signal });
  const data = new Uint8Array(await answer.arrayBuffer());
  // Without WebAssembly, which the policy of the page does not take.
  return getDocument({ data, enableXfa: false, useSystemFonts: true, useWasm: false, verbosity: VerbosityLevel.ERRORS })
    .promise;
}

function PdfPage({ document, number }: { document: PDFDocumentProxy; number: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const target = canvas.current;
    if (target) void drawPage(document, number, target).catch(() => undefined);
  }, [document, number]);
  return <canvas ref={canvas} role="img" aria-label={words().pageOf(number, document.numPages)} />;
}

async function drawPage(document: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement): Promise<void> {
  const page = await document.getPage(number);
  const width = canvas.parentElement?.clientWidth ?? 600;
  const scale = (width / page.getViewport({ scale: 1 }).width) * devicePixelRatio;
  const viewport = page.getViewport({ scale });
  canvas.width = viewport.width;
  canvas.height = viewport.height;
  await page.render({ canvas, viewport }).promise;
  canvas.dataset.drawn = '';
}

import { useEffect, useMemo } from 'preact/hooks';
import { call, send } from '../api/call.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { ErrorNote } from '../parts/error-note.tsx';
import { UnlockForm } from '../parts/unlock-form.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { VisitorFrame } from '../parts/visitor-frame.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UnfinishedUploads } from '../uploads/unfinished.tsx';
import { UploadList } from '../uploads/upload-list.tsx';
import { UploadQueue } from '../uploads/upload-queue.ts';

interface RequestView {
  title: string | null;
  message: string | null;
  max_files: number;
  max_bytes: number;
  max_file_size: number;
  files_left: number;
  bytes_left: number;
  allowed_types: string[] | null;
  expires_at: string | null;
  has_password: boolean;
  is_unlocked: boolean;
}

async function readRequest(token: string): Promise<RequestView> {
  return (await send('GET', `/r/${encodeURIComponent(token)}`)).json();
}

/** Where somebody delivers what was asked for. It shows what was sent from here, and nothing of others. */
export function DeliveryPage({ token }: { token: string }) {
  const { error, reload, value: request } = useLoaded(() => readRequest(token), token);
  const unlock = async (password: string) => {
    await call('POST', `/requests/${encodeURIComponent(token)}/unlock`, { body: { password } });
    await reload();
  };
  return (
    <VisitorFrame>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {!request && error === undefined && <p class="loading">{words().loading}</p>}
      {request && !request.is_unlocked && <UnlockForm onUnlock={unlock} />}
      {request?.is_unlocked && <Delivery token={token} request={request} onDelivered={() => void reload()} />}
    </VisitorFrame>
  );
}

function Delivery({ onDelivered, request, token }: { request: RequestView; token: string; onDelivered(): void }) {
  // Kept under a part of the token: whoever reads the browser's storage learns no address.
  const name = `request ${token.slice(0, 6)}`;
  const queue = useMemo(() => new UploadQueue({ headers: { 'Wharf-Request': token }, name }), [token, name]);
  const doneCount = queue.doneCount.value;
  // After each delivery.
  useEffect(() => {
    if (doneCount > 0) onDelivered();
  }, [doneCount]);
  const { allowed_types: types, expires_at: expiresAt, files_left: left, max_file_size: largest } = request;
  return (
    <>
      <h1>{request.title}</h1>
      {request.message && <p class="message">{request.message}</p>}
      <p class="hint">
        {[
          words().filesLeft(left),
          words().bytesLeft(sizeText(request.bytes_left)),
          words().largestFile(sizeText(largest)),
          types?.length ? words().onlyTypes(types.join(', ')) : undefined,
          expiresAt ? words().until(timeText(expiresAt)) : undefined,
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {left > 0 || queue.isBusy.value ? (
        <DropZone onChosen={(chosen) => queue.add(chosen)} {...(types?.length && { accept: types.join(',') })} />
      ) : (
        <p role="status">{words().requestFull}</p>
      )}
      <UnfinishedUploads name={name} queue={queue} />
      <UploadList queue={queue} />
    </>
  );
}

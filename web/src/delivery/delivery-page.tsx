import type { RequestView } from '@wharf/client';
import { useEffect, useMemo } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { Ended } from '../parts/ended.tsx';
import { UnlockForm } from '../parts/unlock-form.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { VisitorFrame } from '../parts/visitor-frame.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UnfinishedUploads } from '../uploads/unfinished.tsx';
import { UploadList } from '../uploads/upload-list.tsx';
import { UploadQueue } from '../uploads/upload-queue.ts';

/** Where somebody delivers what was asked for. It shows what was sent from here, and nothing of others. */
export function DeliveryPage({ token }: { token: string }) {
  const { error, reload, value: request } = useLoaded(() => wharf.requests.view(token), token);
  const unlock = async (password: string) => {
    await wharf.requests.unlock(token, password);
    await reload();
  };
  return (
    <VisitorFrame>
      {error !== undefined && <Ended title={words().requestEnded} error={error} onRetry={() => void reload()} />}
      {!request && error === undefined && <p class="loading">{words().loading}</p>}
      {request && error === undefined && !request.is_unlocked && <UnlockForm onUnlock={unlock} />}
      {request?.is_unlocked && <Delivery token={token} request={request} onDelivered={() => void reload()} />}
    </VisitorFrame>
  );
}

function Delivery({ onDelivered, request, token }: { request: RequestView; token: string; onDelivered(): void }) {
  // Kept under a part of the token: whoever reads the browser's storage learns no address.
  const name = `request ${token.slice(0, 6)}`;
  const queue = useMemo(() => new UploadQueue({ request: { token }, name }), [token, name]);
  const doneCount = queue.doneCount.value;
  // After each delivery.
  useEffect(() => {
    if (doneCount > 0) onDelivered();
  }, [doneCount]);
  const { allowed_types: types, expires_at: expiresAt, files_left: left } = request;
  return (
    <>
      <h1>{request.title}</h1>
      {request.message && <p class="message">{request.message}</p>}
      <p class="hint">
        {[
          left === null ? undefined : words().filesLeft(left),
          request.bytes_left === null ? undefined : words().bytesLeft(sizeText(request.bytes_left)),
          request.max_file_size === null ? undefined : words().largestFile(sizeText(request.max_file_size)),
          types.length > 0 ? words().onlyTypes(types.join(', ')) : undefined,
          words().until(timeText(expiresAt)),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {left !== 0 || queue.isBusy.value ? (
        <DropZone onChosen={(chosen) => queue.add(chosen)} {...(types.length > 0 && { accept: types.join(',') })} />
      ) : (
        <p role="status">{words().requestFull}</p>
      )}
      <UnfinishedUploads name={name} queue={queue} />
      <UploadList queue={queue} />
    </>
  );
}

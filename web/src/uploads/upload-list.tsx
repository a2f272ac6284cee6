import { useEffect, useRef } from 'preact/hooks';
import { durationText, sizeText, words } from '../language/language.ts';
import { errorText } from '../parts/error-text.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { announce } from '../parts/notices.tsx';
import type { Upload } from './upload.ts';
import type { UploadQueue } from './upload-queue.ts';

/** Every upload with what became of it so far; the end of all of them is read out, and each failure. */
export function UploadList({ queue }: { queue: UploadQueue }) {
  const uploads = queue.uploads.value;
  useEndAnnounced(queue);
  if (uploads.length === 0) return null;
  const doneCount = uploads.filter((upload) => upload.state.value === 'done').length;
  return (
    <section class="uploads" aria-label={words().uploads}>
      <header class="uploads-head">
        <h2>{words().uploadsDone(doneCount, uploads.length)}</h2>
        {doneCount > 0 && (
          <button type="button" class="button quiet" onClick={() => queue.clear()}>
            {words().clearDone}
          </button>
        )}
      </header>
      <ul>
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} queue={queue} />
        ))}
      </ul>
    </section>
  );
}

function useEndAnnounced({ doneCount, isBusy, uploads }: UploadQueue): void {
  const before = useRef({ isBusy: false, failed: 0 });
  const isNowBusy = isBusy.value;
  useEffect(() => {
    const failed = uploads.peek().filter((upload) => upload.state.peek() === 'failed').length;
    if (before.current.isBusy && !isNowBusy) {
      const more = failed - before.current.failed;
      announce(more > 0 ? words().uploadsFailed(more) : words().uploadsFinished(doneCount.peek()));
    }
    before.current = { isBusy: isNowBusy, failed };
  }, [isNowBusy, doneCount, uploads]);
}

function UploadRow({ queue, upload }: { upload: Upload; queue: UploadQueue }) {
  const { file, path } = upload.chosen;
  const state = upload.state.value;
  const isPausable = state === 'sending' || state === 'waiting' || state === 'queued';
  return (
    <li class={`upload ${state}`}>
      <Icon name={state === 'done' ? 'check' : state === 'failed' ? 'warning' : 'file'} />
      <div class="upload-what">
        <span class="upload-name">{path}</span>
        <span class="upload-state">{stateText(upload)}</span>
        {state !== 'done' && state !== 'failed' && (
          <progress max={Math.max(1, file.size)} value={upload.sentBytes.value} aria-label={words().progressOf(path)} />
        )}
      </div>
      <div class="upload-acts">
        {isPausable && <Act icon="pause" label={words().pauseOf(path)} onClick={() => queue.pause(upload)} />}
        {state === 'paused' && <Act icon="play" label={words().resumeOf(path)} onClick={() => queue.resume(upload)} />}
        {state === 'failed' && <Act icon="retry" label={words().retryOf(path)} onClick={() => queue.resume(upload)} />}
        {state !== 'done' && <Act icon="close" label={words().cancelOf(path)} onClick={() => queue.remove(upload)} />}
      </div>
    </li>
  );
}

function Act({ icon, label, onClick }: { icon: IconName; label: string; onClick(): void }) {
  return (
    <button type="button" class="button quiet square" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

function stateText(upload: Upload): string {
  const { size } = upload.chosen.file;
  const state = upload.state.value;
  const sent = upload.sentBytes.value;
  if (state === 'failed') return errorText(upload.error.value);
  if (state === 'done') return sizeText(size);
  if (state === 'queued') return `${words().uploadStates.queued} · ${sizeText(size)}`;
  const parts = [`${sizeText(sent)} / ${sizeText(size)}`];
  if (state !== 'sending') parts.push(words().uploadStates[state]);
  const speed = upload.speed.value;
  if (state === 'sending' && speed > 0) {
    parts.push(words().speed(sizeText(speed)), words().timeLeft(durationText((size - sent) / speed)));
  }
  return parts.join(' · ');
}

import type { FileRequest } from '@wharf/client';
import { useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { announce, complain } from '../parts/notices.tsx';
import { usePages } from '../parts/use-pages.ts';
import { RequestDialog } from './request-dialog.tsx';

/** Where others are asked for files, and what has come. */
export function RequestsPage() {
  const pages = usePages(() => wharf.requests.list());
  const { error, isLoading, items, reload } = pages;
  const [isCreating, setCreating] = useState(false);
  const close = async ({ id }: FileRequest) => {
    try {
      await wharf.requests.close(id);
      announce(words().requestClosed);
      await reload();
    } catch (thrown) {
      complain(thrown);
    }
  };
  return (
    <div class="page">
      <header class="page-head">
        <h1>{words().requests}</h1>
        <button type="button" class="button primary" onClick={() => setCreating(true)}>
          <Icon name="plus" />
          {words().newRequest}
        </button>
      </header>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {items.length === 0 && isLoading && <p class="loading">{words().loading}</p>}
      {items.length === 0 && !isLoading && error === undefined && (
        <EmptyState icon="request" title={words().noRequests}>
          <p>{words().noRequestsHint}</p>
        </EmptyState>
      )}
      <ul class="cards">
        {items.map((request) => (
          <RequestCard key={request.id} request={request} onClose={() => void close(request)} />
        ))}
      </ul>
      <MoreButton pages={pages} />
      {isCreating && <RequestDialog onClose={() => setCreating(false)} onCreated={() => void reload()} />}
    </div>
  );
}

function RequestCard({ onClose, request }: { request: FileRequest; onClose(): void }) {
  const { bytes, expires_at: expiresAt, file_count: count, id, max_files: max, status, title } = request;
  return (
    <li class="card">
      <div class="card-what">
        <p class="card-title">
          {request.has_password && <Icon name="lock" />}
          {title} <span class={`badge ${status}`}>{words().requestStatuses[status]}</span>
        </p>
        {request.message && <p>{request.message}</p>}
        <p class="hint">
          {[words().filesOf(count, max), sizeText(bytes), words().until(timeText(expiresAt))].join(' · ')}
        </p>
      </div>
      <a class="button" href={`#/files?request_id=${encodeURIComponent(id)}`}>
        <Icon name="folder" />
        {words().whatCame}
      </a>
      {status !== 'closed' && (
        <button type="button" class="button" onClick={onClose} aria-label={words().closeOf(title)}>
          <Icon name="close" />
          {words().closeRequest}
        </button>
      )}
    </li>
  );
}

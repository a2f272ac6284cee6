import { useEffect, useMemo } from 'preact/hooks';
import { FileList } from './files/file-list.tsx';
import { FileView } from './files/file-view.tsx';
import { words } from './language/language.ts';
import { ErrorNote } from './parts/error-note.tsx';
import { Icon, type IconName } from './parts/icon.tsx';
import { lazy } from './parts/lazy.tsx';
import { Notices } from './parts/notices.tsx';
import { route } from './routing/route.ts';
import { findSession, isAdmin, session } from './session/session.ts';
import { SignIn } from './session/sign-in.tsx';
import { UploadQueue } from './uploads/upload-queue.ts';

const LinksPage = lazy(async () => (await import('./links/link-list.tsx')).LinksPage);
const RequestsPage = lazy(async () => (await import('./requests/requests-page.tsx')).RequestsPage);
const SettingsPage = lazy(async () => (await import('./account/settings-page.tsx')).SettingsPage);
const AdminPage = lazy<{ view?: string }>(async () => (await import('./admin/admin-page.tsx')).AdminPage);

/** The page of those who have files here. */
export function App() {
  const { kind } = session.value;
  return (
    <>
      <Inside kind={kind} />
      <Notices />
    </>
  );
}

function Inside({ kind }: { kind: (typeof session.value)['kind'] }) {
  const now = session.value;
  if (kind === 'unknown') return <p class="loading">{words().loading}</p>;
  if (now.kind === 'away') return <ErrorNote error={now.error} onRetry={() => void findSession()} />;
  if (kind === 'signed-out') return <SignIn />;
  return <Frame owner={now.kind === 'user' ? now.user.id : 'open'} />;
}

function Frame({ owner }: { owner: string }) {
  const queue = useMemo(() => new UploadQueue({ name: owner }), [owner]);
  const { of, page } = route.value;
  useEffect(() => {
    document.title = page === 'files' ? 'Wharf' : `${titleOf(page)} · Wharf`;
    // As a browser does after a page was changed.
    document.querySelector<HTMLElement>('main')?.focus();
  }, [page, of]);
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>('main')?.focus()}>
        {words().skip}
      </button>
      <Navigation page={page} />
      <main id="main" tabIndex={-1}>
        <Shown {...{ of, owner, page, queue }} />
      </main>
    </div>
  );
}

function titleOf(page: string): string {
  return places().find(([name]) => name === page)?.[1] ?? 'Wharf';
}

function places(): [name: string, label: string, icon: IconName][] {
  return [
    ['files', words().files, 'folder'],
    ['links', words().links, 'link'],
    ['requests', words().requests, 'request'],
    ...(isAdmin.value ? [['admin', words().admin, 'admin'] as [string, string, IconName]] : []),
    ['settings', words().settings, 'account'],
  ];
}

function Navigation({ page }: { page: string }) {
  return (
    <header class="bar">
      <a class="brand" href="#/files" aria-label="Wharf">
        Wharf
      </a>
      <nav aria-label={words().navigation}>
        {places().map(([name, label, icon]) => (
          <a key={name} href={`#/${name}`} {...(name === page && { 'aria-current': 'page' as const })}>
            <Icon name={icon} />
            <span>{label}</span>
          </a>
        ))}
      </nav>
    </header>
  );
}

interface ShownOptions {
  page: string;
  of: string | undefined;
  queue: UploadQueue;
  owner: string;
}

function Shown({ of, owner, page, queue }: ShownOptions) {
  if (page === 'files' && of !== undefined) return <FileView key={of} uid={of} />;
  if (page === 'links') return <LinksPage />;
  if (page === 'requests') return <RequestsPage />;
  if (page === 'settings') return <SettingsPage />;
  if (page === 'admin' && isAdmin.value) return <AdminPage {...(of !== undefined && { view: of })} />;
  return <FileList queue={queue} owner={owner} />;
}

import { type JSX, render } from 'preact';
import { App } from './app.tsx';
import { chooseLanguage, preferredLanguage } from './language/language.ts';
import { restoreTheme } from './parts/theme.ts';
import { followAddress } from './routing/route.ts';
import { findSession, keepSignedIn } from './session/session.ts';
import './style/base.css';
import './style/parts.css';
import './style/frame.css';
import './style/uploads.css';
import './style/files.css';
import './style/file.css';
import './style/admin.css';
import './style/visitor.css';

/** `/s/<token>` and `/r/<token>` are for whoever has the address; all else is for those who have files here. */
async function openPage(): Promise<JSX.Element> {
  const [, door = '', token = ''] = location.pathname.split('/');
  if (door === 's') {
    const { SharedPage } = await import('./shared/shared-page.tsx');
    return <SharedPage token={token} />;
  }
  if (door === 'r') {
    const { DeliveryPage } = await import('./delivery/delivery-page.tsx');
    return <DeliveryPage token={token} />;
  }
  return openApp();
}

function openApp(): JSX.Element {
  followAddress();
  keepSignedIn();
  void findSession();
  return <App />;
}

restoreTheme();
const [page] = await Promise.all([openPage(), chooseLanguage(preferredLanguage())]);
render(page, document.querySelector('#page') as HTMLElement);

import { type ComponentType, render } from 'preact';
import { chooseLanguage, preferredLanguage } from './language/language.ts';
import { restoreTheme } from './parts/theme.ts';
import './style/base.css';
import './style/parts.css';
import './style/pages.css';

/** `/s/<token>` and `/r/<token>` are for whoever has the address; all else is for those who have files here. */
async function choosePage(): Promise<[ComponentType<{ token: string }>, string]> {
  const [, door = '', token = ''] = location.pathname.split('/');
  if (door === 's') return [(await import('./shared/shared-page.tsx')).SharedPage, token];
  if (door === 'r') return [(await import('./delivery/delivery-page.tsx')).DeliveryPage, token];
  return [await openApp(), ''];
}

async function openApp(): Promise<ComponentType> {
  const [{ App }, { findSession, keepSignedIn }, { followAddress }] = await Promise.all([
    import('./app.tsx'),
    import('./session/session.ts'),
    import('./routing/route.ts'),
  ]);
  followAddress();
  keepSignedIn();
  void findSession();
  return App;
}

restoreTheme();
const [[Page, token]] = await Promise.all([choosePage(), chooseLanguage(preferredLanguage())]);
render(<Page token={token} />, document.querySelector('#page') as HTMLElement);

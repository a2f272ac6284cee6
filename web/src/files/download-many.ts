import { keepSession } from '../api/renew-session.ts';
import { wharf } from '../api/wharf.ts';
import { addressOf, archiveLimit, archiveOf } from './addresses.ts';

/** One file as it is, several as one archive. The browser does it by itself, so that nothing of it has to fit into the page. */
export async function downloadMany(uids: readonly string[]): Promise<void> {
  await keepSession(wharf.auth);
  const [first] = uids;
  if (uids.length === 1 && first) follow(addressOf(first));
  else if (uids.length <= archiveLimit) follow(archiveOf(uids));
  else submit(uids);
}

function follow(href: string): void {
  const link = Object.assign(document.createElement('a'), { href, download: '' });
  link.click();
}

function submit(uids: readonly string[]): void {
  const form = Object.assign(document.createElement('form'), {
    method: 'post',
    action: '/api/v1/archives',
    hidden: true,
  });
  for (const value of uids) form.append(Object.assign(document.createElement('input'), { name: 'uid', value }));
  document.body.append(form);
  form.submit();
  form.remove();
}

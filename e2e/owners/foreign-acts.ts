import type { FileRecord, Scope, Visibility } from '@wharf/contracts';
import { eventually, headersOf, newUid } from '@wharf/test-kit';
import type { Question } from './asking.ts';
import type { ActOf } from './operations.ts';
import {
  chosen,
  expectStatus,
  expectThat,
  jsonOf,
  readingOf,
  type Scene,
  shareFile,
  storeFile,
  takeFile,
} from './own-acts.ts';
import type { OwnFile, OwnLink } from './owner.ts';

export const foreignActs = { reach, revoke_foreign: revokeForeign, publish, limited };

/** A request about a file of somebody else: it is answered as one about a file that never was. */
async function reach(scene: Scene, act: ActOf<'reach'>): Promise<void> {
  const { asking, operation, other } = scene;
  const file = chosen(act.isDeleted ? other.deleted : other.files, operation.pick);
  if (!file) return;
  const { uid } = file;
  if (act.isBeingRead && !act.isDeleted) await asking.ask(other, operation.url, readingOf('download', uid));
  const { credentials, status, who } = intruder(scene, act.as);
  const linkId = other.links.find((link) => link.uid === uid)?.id ?? newUid();
  const question = (of: string) => intrusionOf(act.how, of, linkId);
  const answered = await asking.askAsOfNothing(who, operation.url, { credentials, uid, question });
  expectThat(scene, `is answered ${answered}`, answered === status);
}

function intruder({ owner }: Scene, as: string) {
  if (as === 'nobody') return { who: undefined, credentials: {}, status: 401 };
  if (as === 'owner') return { who: owner, credentials: owner.headers, status: 404 };
  const scopes: Scope[] = ['files:create'];
  return { who: owner, credentials: headersOf(owner.id, { scopes }), status: 403 };
}

function intrusionOf(how: string, uid: string, linkId: string): Question {
  const path = `/files/${uid}`;
  switch (how) {
    case 'unless_none':
      return { method: 'GET', path, headers: { 'If-None-Match': '*' } };
    case 'if_match':
      return { method: 'GET', path, headers: { 'If-Match': '"another"' } };
    case 'change':
      return { method: 'PATCH', path, ...jsonOf({ message_id: 'taken', original_name: 'taken.txt' }) };
    case 'publish':
      return { method: 'PATCH', path, ...jsonOf({ visibility: 'public' }) };
    case 'delete':
      return { method: 'DELETE', path };
    case 'share':
      return { method: 'POST', path: `${path}/links`, ...jsonOf({}) };
    case 'share_many':
      return { method: 'POST', path: '/links', ...jsonOf({ uids: [uid] }) };
    case 'archive':
      return { method: 'GET', path: `/archives?uid=${uid}` };
    case 'list_links':
      return { method: 'GET', path: `${path}/links` };
    case 'revoke':
      return { method: 'DELETE', path: `${path}/links/${linkId}` };
    default:
      return readingOf(how, uid);
  }
}

/** Neither by the file that it belongs to nor by one of one's own. */
async function revokeForeign(scene: Scene): Promise<void> {
  const { operation, other, owner } = scene;
  const own = chosen(owner.files, operation.pick);
  const file = takeFile(other, operation.pick);
  if (!file) return;
  const link = await shareFile({ ...scene, owner: other, other: owner }, file.uid);
  if (link) await revokeAsStranger(scene, link, [file.uid, ...(own ? [own.uid] : [])]);
  other.files.push(file);
}

async function revokeAsStranger(scene: Scene, link: OwnLink, uids: readonly string[]): Promise<void> {
  const { asking, operation, other, owner } = scene;
  for (const uid of uids) {
    const question = { method: 'DELETE', path: `/files/${uid}/links/${link.id}` };
    expectStatus(scene, await asking.ask(owner, operation.url, question), 404);
  }
  const question = { method: 'GET', path: `/links/${link.token}` };
  expectStatus(scene, await asking.ask(undefined, operation.url, question, { host: other }), 200);
}

/** Public for a moment: everybody reads it by every gateway, and nobody does once it was answered that it is private again. */
async function publish(scene: Scene, { isDownload }: ActOf<'publish'>): Promise<void> {
  const { asking, other, owner } = scene;
  const content = { bytes: owner.newBytes(500), name: owner.newName(), messageId: null };
  // Nobody else knows of it yet: whoever tries it meanwhile would rightly be let in.
  const file = await storeFile(scene, content, 'form');
  if (!file) return;
  const { uid } = file;
  const how = isDownload ? 'download' : 'metadata';
  if (!(await makeVisible(scene, uid, 'public'))) return;
  const readByAll = async (url: number) => {
    const readers = [other, undefined].map((who) => asking.ask(who, url, readingOf(how, uid), { host: owner }));
    for (const answer of await Promise.all(readers)) expectStatus(scene, answer, 200);
  };
  const isKept = async (url: number) => {
    // It is read, and neither listed nor changed.
    expectStatus(scene, await asking.ask(other, url, { method: 'DELETE', path: `/files/${uid}` }), 404);
    const found = await asking.ask(other, url, { method: 'GET', path: `/files?q=${encodeURIComponent(file.name)}` });
    expectThat(scene, 'a public file is listed for others', found.json<{ files: FileRecord[] }>().files.length === 0);
  };
  const isGone = async (url: number) => {
    const credentials = other.headers;
    const status = await asking.askAsOfNothing(other, url, { credentials, uid, question: (of) => readingOf(how, of) });
    expectThat(scene, `a file that is private again is answered ${status}`, status === 404);
  };
  await Promise.all([0, 1].map(isKept));
  // Both gateways keep the record at the moment of the change.
  await Promise.all([0, 1].map(readByAll));
  if (!(await makeVisible(scene, uid, 'private'))) return;
  await Promise.all([0, 1].map(isGone));
  owner.files.push(file);
}

async function makeVisible(scene: Scene, uid: string, visibility: Visibility): Promise<boolean> {
  const { asking, operation, owner } = scene;
  const question = { method: 'PATCH', path: `/files/${uid}`, ...jsonOf({ visibility }) };
  return expectStatus(scene, await asking.ask(owner, operation.url, question), 200);
}

/** What others try uses no download up. */
async function limited(scene: Scene): Promise<void> {
  const { asking, operation, other, owner } = scene;
  const file: Omit<OwnFile, 'uid'> = { bytes: owner.newBytes(1000), name: owner.newName(), messageId: null };
  const stored = await storeFile(scene, file, 'stream', { max_downloads: '1' });
  if (!stored) return;
  const { uid } = stored;
  for (const how of ['download', 'range', 'head']) {
    const credentials = other.headers;
    const question = (of: string) => readingOf(how, of);
    await asking.askAsOfNothing(other, operation.url, { credentials, uid, question });
  }
  const answer = await asking.ask(owner, 1 - operation.url, readingOf('download', uid));
  if (!expectStatus(scene, answer, 200)) return;
  expectThat(scene, 'other bytes', answer.bytes.equals(file.bytes));
  await eventually(async () => {
    const { status } = (await asking.ask(owner, operation.url, readingOf('metadata', uid))).json<FileRecord>();
    if (status !== 'deleted') throw new Error(`the last download has left it ${status}`);
  });
}

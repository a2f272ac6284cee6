import { createHash } from 'node:crypto';
import type { FilePage, FileRecord, ShareLink } from '@wharf/contracts';
import type { Answer, Asking, Question } from './asking.ts';
import type { ActOf, Operation } from './operations.ts';
import { type Owner, type OwnFile, type OwnLink, sharedMessageId } from './owner.ts';

/** Who acts, and where. */
export interface Scene {
  asking: Asking;
  owner: Owner;
  other: Owner;
  operation: Operation;
}

/** Notes a fault unless the answer has one of the statuses. */
export function expectStatus({ asking, operation, owner }: Scene, answer: Answer, ...statuses: number[]): boolean {
  if (statuses.includes(answer.status)) return true;
  asking.witness.fault(
    `${owner.marker}: ${JSON.stringify(operation)} was answered ${answer.status} ${answer.bytes.toString().slice(0, 300)}`,
  );
  return false;
}

export function expectThat({ asking, operation, owner }: Scene, what: string, isTrue: boolean): void {
  if (!isTrue) asking.witness.fault(`${owner.marker}: ${JSON.stringify(operation)}: ${what}`);
}

export function chosen<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % items.length];
}

/** Nobody else does anything to it until it is put back. */
export function takeFile({ files }: Owner, pick: number): OwnFile | undefined {
  return files.splice(pick % Math.max(files.length, 1), 1)[0];
}

const sha256 = (bytes: Buffer, encoding: 'hex' | 'base64') => createHash('sha256').update(bytes).digest(encoding);

export const ownActs = { upload, repeat, list, read, change, delete: remove, share };

async function upload(scene: Scene, act: ActOf<'upload'>): Promise<void> {
  const { owner } = scene;
  const messageId = { own: `message ${owner.marker}`, shared: sharedMessageId, none: null }[act.message] ?? null;
  const file = { bytes: owner.newBytes(act.sizeBytes), name: owner.newName(), messageId };
  const stored = await storeFile(scene, file, act.by);
  if (stored) owner.files.push(stored);
}

/** By the contents of the file alone it is known whose it is. */
export async function storeFile(
  scene: Scene,
  file: Omit<OwnFile, 'uid'>,
  by: string,
  options: Record<string, string> = {},
): Promise<OwnFile | undefined> {
  const { asking, operation, owner } = scene;
  const message: Record<string, string> = file.messageId === null ? {} : { message_id: file.messageId };
  const fields = { ...message, metadata: JSON.stringify({ of: owner.marker }), ...options };
  const answer = await asking.ask(
    owner,
    operation.url,
    by === 'form' ? formOf(file, fields) : streamOf(file, fields, by),
  );
  if (!expectStatus(scene, answer, 201)) return undefined;
  const { owner_id, uid } = answer.json<FileRecord>();
  expectThat(scene, `the file belongs to ${owner_id}`, owner_id === owner.id);
  asking.witness.belongTo(owner, uid, sha256(file.bytes, 'hex'), sha256(file.bytes, 'base64'));
  return { ...file, uid };
}

function formOf({ bytes, name }: Pick<OwnFile, 'bytes' | 'name'>, fields: Record<string, string>): Question {
  const body = new FormData();
  for (const [field, value] of Object.entries(fields)) body.append(field, value);
  body.append('file', new Blob([new Uint8Array(bytes)]), name);
  return { method: 'POST', path: '/files', body, formText: `${name} ${JSON.stringify(fields)} ${bytes}` };
}

function streamOf(
  { bytes, name }: Pick<OwnFile, 'bytes' | 'name'>,
  fields: Record<string, string>,
  by: string,
): Question {
  if (by === 'put') {
    return { method: 'PUT', path: `/files/${encodeURIComponent(name)}?${new URLSearchParams(fields)}`, body: bytes };
  }
  return { method: 'POST', path: `/files/stream?${new URLSearchParams({ filename: name, ...fields })}`, body: bytes };
}

/** Under one key an owner has one file, whatever others do under the same. */
async function repeat(scene: Scene, { isTwin, key }: ActOf<'repeat'>): Promise<void> {
  const { asking, operation, owner } = scene;
  const kept = isTwin ? `twin-${key}` : key;
  const bytes = Buffer.from(isTwin ? `everybody says this under ${kept}` : `${owner.marker} says this under ${kept}`);
  const name = isTwin ? 'twin.txt' : `report ${owner.marker} under a key.txt`;
  const question = streamOf({ bytes, name }, {}, 'stream');
  const answer = await asking.ask(owner, operation.url, { ...question, headers: { 'Idempotency-Key': kept } });
  // 409: another one of the owner's own is under way.
  if (!expectStatus(scene, answer, 201, 409) || answer.status === 409) return;
  const { owner_id, uid } = answer.json<FileRecord>();
  expectThat(scene, `the file belongs to ${owner_id}`, owner_id === owner.id);
  expectThat(scene, `the key stands for two files`, (owner.keyed.get(kept) ?? uid) === uid);
  owner.keyed.set(kept, uid);
  asking.witness.belongTo(owner, uid, ...(isTwin ? [] : [sha256(bytes, 'hex'), sha256(bytes, 'base64')]));
}

async function list(scene: Scene, act: ActOf<'list'>): Promise<void> {
  const { asking, operation, other, owner } = scene;
  const query = new URLSearchParams({ sort: act.sort, limit: String(act.limit) });
  for (const filter of act.filters) query.set(filter, filterValue(scene, act, filter));
  let cursor = { none: undefined, own: owner.cursors.get(act.sort), others: other.cursors.get(act.sort) }[act.cursor];
  for (let page = 0; page < act.pages; page++) {
    if (cursor !== undefined) query.set('cursor', cursor);
    const answer = await asking.ask(owner, operation.url, { method: 'GET', path: `/files?${query}` });
    if (!expectStatus(scene, answer, 200)) return;
    const { files, next_cursor } = answer.json<FilePage>();
    expectThat(
      scene,
      'the list has files of others',
      files.every(({ owner_id }) => owner_id === owner.id),
    );
    if (query.get('owner_id') === other.id) expectThat(scene, 'files of another owner', files.length === 0);
    if (next_cursor === null) return;
    owner.cursors.set(act.sort, next_cursor);
    cursor = next_cursor;
  }
}

function filterValue({ other, owner }: Scene, act: ActOf<'list'>, filter: ActOf<'list'>['filters'][number]): string {
  const about = act.about === 'others' ? other : owner;
  switch (filter) {
    case 'status':
      return act.status;
    case 'content_type':
      return act.contentType;
    case 'owner_id':
      return about.id;
    case 'message_id':
      return act.about === 'shared' ? sharedMessageId : `message ${about.marker}`;
    case 'q':
      return act.about === 'shared' ? 'early rep' : about.marker.slice(0, 10);
    default:
      return new Date(Date.now() - (filter === 'created_after' ? 5000 : 0)).toISOString();
  }
}

/** How a file is read, by its uid. */
export function readingOf(how: string, uid: string): Question {
  switch (how) {
    case 'named':
      return { method: 'GET', path: `/files/${uid}/any%20name.txt?disposition=inline` };
    case 'range':
      return { method: 'GET', path: `/files/${uid}`, headers: { Range: 'bytes=3-17' } };
    case 'head':
      return { method: 'HEAD', path: `/files/${uid}` };
    case 'metadata':
      return { method: 'GET', path: `/files/${uid}/metadata` };
    default:
      return { method: 'GET', path: `/files/${uid}` };
  }
}

async function read(scene: Scene, { how }: ActOf<'read'>): Promise<void> {
  const { asking, operation, owner } = scene;
  const file = takeFile(owner, operation.pick);
  if (!file) return;
  const answer = await asking.ask(owner, operation.url, readingOf(how, file.uid));
  owner.files.push(file);
  if (!expectStatus(scene, answer, how === 'range' ? 206 : 200)) return;
  const { bytes } = file;
  if (how === 'metadata') {
    const { message_id, original_name } = answer.json<FileRecord>();
    const isKnown = original_name === file.name && message_id === file.messageId;
    return expectThat(scene, `another record: ${original_name}, ${message_id}`, isKnown);
  }
  const expected = { head: Buffer.alloc(0), range: bytes.subarray(3, 18) }[how as string] ?? bytes;
  expectThat(scene, 'other bytes', answer.bytes.equals(expected));
}

async function change(scene: Scene, { what }: ActOf<'change'>): Promise<void> {
  const { asking, operation, owner } = scene;
  const file = takeFile(owner, operation.pick);
  if (!file) return;
  const changes = {
    message: { message_id: sharedMessageId },
    name: { original_name: owner.newName() },
    metadata: { metadata: { of: owner.marker, changed: true } },
  }[what];
  const question = { method: 'PATCH', path: `/files/${file.uid}`, ...jsonOf(changes) };
  const answer = await asking.ask(owner, operation.url, question);
  if (expectStatus(scene, answer, 200)) {
    const { message_id, original_name } = answer.json<FileRecord>();
    owner.files.push({ ...file, name: original_name, messageId: message_id });
  }
}

async function remove(scene: Scene): Promise<void> {
  const { asking, operation, owner } = scene;
  const file = takeFile(owner, operation.pick);
  if (!file) return;
  const answer = await asking.ask(owner, operation.url, { method: 'DELETE', path: `/files/${file.uid}` });
  if (!expectStatus(scene, answer, 204)) return;
  owner.deleted.push(file);
  expectStatus(scene, await asking.ask(owner, 1 - operation.url, readingOf('download', file.uid)), 410);
}

/** Whoever has the link reads the file, until it is revoked. */
async function share(scene: Scene, { isRevoked }: ActOf<'share'>): Promise<void> {
  const { asking, operation, other, owner } = scene;
  const file = takeFile(owner, operation.pick);
  if (!file) return;
  const link = await shareFile(scene, file.uid);
  owner.files.push(file);
  if (!link) return;
  const { id, token, uid } = link;
  const follow = () =>
    asking.ask(other, 1 - operation.url, { method: 'GET', path: `/links/${token}` }, { host: owner });
  const followed = await follow();
  // 410: it has been deleted meanwhile.
  if (expectStatus(scene, followed, 200, 410)) {
    expectThat(scene, 'other bytes', followed.status === 410 || followed.bytes.equals(file.bytes));
  }
  if (!isRevoked) return void owner.links.push(link);
  const revocation = { method: 'DELETE', path: `/files/${uid}/links/${id}` };
  expectStatus(scene, await asking.ask(owner, operation.url, revocation), 204);
  expectStatus(scene, await follow(), 410);
}

export async function shareFile(scene: Scene, uid: string): Promise<OwnLink | undefined> {
  const { asking, operation, owner } = scene;
  const question = { method: 'POST', path: `/files/${uid}/links`, ...jsonOf({}) };
  const answer = await asking.ask(owner, operation.url, question);
  if (!expectStatus(scene, answer, 201)) return undefined;
  const { id, url } = answer.json<ShareLink>();
  const token = url.split('/').at(-1) as string;
  asking.witness.belongTo(owner, id, token);
  return { id, token, uid };
}

export function jsonOf(body: object): Pick<Question, 'headers' | 'body'> {
  return { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

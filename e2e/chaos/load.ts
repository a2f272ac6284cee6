import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FileRecord } from '@wharf/contracts';
import { attachUntilConfirmed } from './attached-load.ts';
import { type Dialect, ietfDialect, tusDialect } from './dialects.ts';
import { resumeUntilStored } from './resumable-load.ts';
import { type Uploader, uploaderOf } from './uploaders.ts';

/** How files are uploaded: by form and raw unless told; in pieces (by tus unless told), which any gateway continues; straight to the object store. */
export type Way = 'in pieces' | 'in pieces by IETF' | 'attached';

/** An upload that was answered 201 or 202. */
export interface Answered {
  uid: string;
  sha256: string;
  sizeBytes: number;
  /** Whose file it is. */
  by: Uploader;
  /** What it was changed to afterwards, where it was. */
  messageId: string | null;
  /** It was sent in pieces, which any gateway continued. */
  isResumable?: boolean;
  /** An attachment that was sent and that nobody has confirmed: there is no file yet, and has to be one. */
  isLeft?: boolean;
  tries: number;
}

export interface LoadOptions {
  gatewayUrls: readonly string[];
  /** In turns. */
  uploaders: readonly Uploader[];
  uploads: number;
  /** Uploads at a time. */
  width: number;
  way?: Way | undefined;
  /** Called before each upload with its number, from 0. */
  onUpload?(index: number): void;
}

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
export const patienceMs = 120_000;
export const retryPauseMs = 250;
const changedEvery = 5;
const leftEvery = 8;

/** Mostly small files, some of a megabyte, a few that are copied in parts. */
function sizeOf(index: number): number {
  if (index % 40 === 7) return 11 * mebibyte + index;
  if (index % 10 === 3) return mebibyte + index;
  return (index * 97) % (20 * kibibyte);
}

/**
 * Uploads in one way, by form and raw under an Idempotency-Key, and repeats each at any gateway until it is answered 201 or 202: what a client does
 * that must not lose a file. Throws when one is refused for good, or is not answered within two minutes.
 */
export async function uploadAll(options: LoadOptions): Promise<Answered[]> {
  const answered: Answered[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < options.uploads; index = next++) {
      options.onUpload?.(index);
      const upload = await senderOf(options.way)(options, index);
      const isChanged = index % changedEvery === 0 && !upload.isLeft;
      const messageId = isChanged ? await changeUntilAnswered(options.gatewayUrls, upload, index) : null;
      answered.push({ ...upload, messageId });
    }
  };
  await Promise.all(Array.from({ length: options.width }, lane));
  return answered;
}

/** Changes the record, so that the outbox has something to announce. */
async function changeUntilAnswered(
  gatewayUrls: readonly string[],
  { by, uid }: Pick<Answered, 'by' | 'uid'>,
  index: number,
): Promise<string> {
  const messageId = `message-${index}`;
  const deadline = Date.now() + patienceMs;
  for (let tries = 1; Date.now() < deadline; tries++) {
    const url = `${gatewayUrls[(index + tries) % gatewayUrls.length]}/api/v1/files/${uid}`;
    const body = JSON.stringify({ message_id: messageId });
    const headers = { ...by.headers, 'Content-Type': 'application/json' };
    const answer = await fetch(url, { method: 'PATCH', headers, body, signal: AbortSignal.timeout(10_000) }).catch(
      () => undefined,
    );
    await answer?.body?.cancel();
    if (answer?.status === 200) return messageId;
    await delay(retryPauseMs);
  }
  throw new Error(`the change of ${uid} was never answered`);
}

/** An upload that is sent once, and has to be answered with one of these. */
export async function uploadOnce(
  gatewayUrl: string,
  { by, index, statuses }: { by: Uploader; index: number; statuses: readonly number[] },
): Promise<Answered> {
  const bytes = randomBytes(sizeOf(index));
  const answer = await upload(gatewayUrl, index, bytes, by.headers);
  if (!statuses.includes(answer.status)) throw new Error(`upload ${index} was answered ${answer.status}`);
  const { uid } = FileRecord.parse(await answer.json());
  return { uid, sha256: sha256Of(bytes), sizeBytes: bytes.length, by, messageId: null, tries: 1 };
}

function senderOf(way: Way | undefined) {
  if (way === 'in pieces') return resumeUntilAnswered(tusDialect);
  if (way === 'in pieces by IETF') return resumeUntilAnswered(ietfDialect);
  return way === 'attached' ? attachUntilAnswered : uploadUntilAnswered;
}

async function attachUntilAnswered(
  { gatewayUrls, uploaders }: LoadOptions,
  index: number,
): Promise<Omit<Answered, 'messageId'>> {
  const bytes = randomBytes(sizeOf(index));
  const by = uploaderOf(index, uploaders);
  const isLeft = index % leftEvery === leftEvery - 1;
  const attached = await attachUntilConfirmed({ gatewayUrls, headers: by.headers, index, bytes, isLeft });
  return { ...attached, sha256: sha256Of(bytes), sizeBytes: bytes.length, by, isLeft };
}

function resumeUntilAnswered(dialect: Dialect) {
  return async ({ gatewayUrls, uploaders }: LoadOptions, index: number): Promise<Omit<Answered, 'messageId'>> => {
    // An empty one is whole when it begins, and whose creation is not answered is begun once more.
    const bytes = randomBytes(Math.max(1, sizeOf(index)));
    const by = uploaderOf(index, uploaders);
    const { tries, uid } = await resumeUntilStored({ gatewayUrls, dialect, headers: by.headers, index, bytes });
    return { uid, sha256: sha256Of(bytes), sizeBytes: bytes.length, by, isResumable: true, tries };
  };
}

async function uploadUntilAnswered(
  { gatewayUrls, uploaders }: LoadOptions,
  index: number,
): Promise<Omit<Answered, 'messageId'>> {
  const bytes = randomBytes(sizeOf(index));
  const by = uploaderOf(index, uploaders);
  const headers = { ...by.headers, 'Idempotency-Key': randomUUID() };
  const sha256 = sha256Of(bytes);
  const deadline = Date.now() + patienceMs;
  let last: unknown;
  for (let tries = 1; Date.now() < deadline; tries++) {
    try {
      const answer = await upload(gatewayUrls[(index + tries) % gatewayUrls.length] as string, index, bytes, headers);
      const body: unknown = await answer.json();
      if (answer.status === 201 || answer.status === 202) {
        const record = FileRecord.parse(body);
        if (record.sha256 !== sha256) throw new Error(`upload ${index} was answered with another digest`);
        return { uid: record.uid, sha256, sizeBytes: bytes.length, by, tries };
      }
      last = body;
      if (answer.status < 500 && answer.status !== 409) break;
    } catch (error) {
      last = error;
    }
    await delay(retryPauseMs);
  }
  throw new Error(`upload ${index} was never answered: ${JSON.stringify(last)}`, { cause: last });
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** By form or raw, in turns. */
export function upload(
  gatewayUrl: string,
  index: number,
  bytes: Buffer<ArrayBuffer>,
  headers: Record<string, string>,
): Promise<Response> {
  const signal = AbortSignal.timeout(60_000);
  if (index % 2 === 0) {
    const url = `${gatewayUrl}/api/v1/files/stream?filename=chaos-${index}.bin`;
    return fetch(url, { method: 'POST', body: bytes, headers, signal });
  }
  const form = new FormData();
  form.append('file', new Blob([bytes]), `chaos-${index}.bin`);
  return fetch(`${gatewayUrl}/api/v1/files`, { method: 'POST', body: form, headers, signal });
}

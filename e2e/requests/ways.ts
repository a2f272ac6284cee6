import { randomBytes } from 'node:crypto';
import type { DeliveryReceipt } from '@wharf/contracts';
import { bearer, type Login, sendJson } from '../accounts-client.ts';

export interface Asked {
  id: string;
  token: string;
}

/** For 3 files of at most 10,000 bytes, 25,000 together, unless told otherwise. */
export async function ask(url: string, { accessToken }: Login, changes: object = {}): Promise<Asked> {
  const wanted = { title: 'Papers', max_files: 3, max_bytes: 25_000, max_file_size: 10_000, expires_in: 3600 };
  const answer = await sendJson(`${url}/api/v1/requests`, { ...wanted, ...changes }, { headers: bearer(accessToken) });
  if (answer.status !== 201) throw new Error(`a request was answered ${answer.status}: ${await answer.text()}`);
  const { id, url: address } = (await answer.json()) as { id: string; url: string };
  return { id, token: address.split('/').at(-1) as string };
}

export const showing = (token: string) => ({ 'Wharf-Request': token });
export const tus = { 'Tus-Resumable': '1.0.0' };
export const piece = (offset: number) => ({
  ...tus,
  'Upload-Offset': String(offset),
  'Content-Type': 'application/offset+octet-stream',
});
const base64 = (text: string) => Buffer.from(text).toString('base64');

export interface Sent {
  status: number;
  /** Of the problem, where it was refused. */
  code?: string;
  receipt?: DeliveryReceipt;
}

export interface File {
  bytes: Buffer;
  name: string;
  type: string;
}

/** As some program writes it. */
export function textOf(length: number): File {
  return { bytes: Buffer.alloc(length, 'text '), name: 'a.txt', type: 'text/plain' };
}

export function programOf(length: number): File {
  return { bytes: randomBytes(length), name: 'a.exe', type: 'application/x-msdownload' };
}

type Way = (url: string, headers: Record<string, string>, file: File) => Promise<Sent>;

/** Every way to deliver a file. */
export const ways: Record<string, Way> = {
  stream: (url, headers, file) => stream(url, headers, file, new Uint8Array(file.bytes)),
  chunked: (url, headers, file) => stream(url, headers, file, new Blob([new Uint8Array(file.bytes)]).stream()),
  form: async (url, headers, { bytes, name, type }) => {
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
    return sentOf(await fetch(`${url}/api/v1/files`, { method: 'POST', headers, body }));
  },
  IETF: (url, headers, file) =>
    stream(
      url,
      { ...headers, 'Upload-Complete': '?1', 'Upload-Draft-Interop-Version': '6' },
      file,
      new Uint8Array(file.bytes),
    ),
  tus: async (url, headers, { bytes, name, type }) => {
    const metadata = `filename ${base64(name)},filetype ${base64(type)}`;
    const about = { ...headers, ...tus, 'Upload-Length': String(bytes.length), 'Upload-Metadata': metadata };
    const begun = await fetch(`${url}/api/v1/uploads`, { method: 'POST', headers: about });
    if (begun.status !== 201) return sentOf(begun);
    const address = `${url}/api/v1/uploads/${begun.headers.get('Location')?.split('/').at(-1)}`;
    const half = Math.ceil(bytes.length / 2);
    for (const part of [bytes.subarray(0, half), bytes.subarray(half)]) {
      const offset = part.byteOffset - bytes.byteOffset;
      const appending = { ...headers, ...piece(offset) };
      const answer = await fetch(address, { method: 'PATCH', headers: appending, body: new Uint8Array(part) });
      if (answer.status !== 204) return sentOf(answer);
    }
    return { status: 201 };
  },
};

async function stream(
  url: string,
  headers: Record<string, string>,
  { name, type }: File,
  body: Uint8Array<ArrayBuffer> | ReadableStream,
): Promise<Sent> {
  const init = { method: 'POST', headers: { ...headers, 'Content-Type': type }, body, duplex: 'half' };
  return sentOf(await fetch(`${url}/api/v1/files/stream?filename=${name}`, init as RequestInit));
}

async function sentOf(answer: Response): Promise<Sent> {
  const body = (await answer.json()) as { code: string } | DeliveryReceipt;
  return 'code' in body ? { status: answer.status, code: body.code } : { status: answer.status, receipt: body };
}

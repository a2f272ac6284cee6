import { headersOf } from '@wharf/test-kit';
import type { Body } from '../client.ts';

/** What is sent, by whichever way. */
export interface Sending {
  url: string;
  owner: string;
  bytes: Buffer;
  /** As text, like fields of a form. */
  options: Record<string, string>;
  headers: Record<string, string>;
}

/** The code of the first refusal, or the file. */
export type Sent = { code: string } | { uid: string };

export type Way = (sending: Sending) => Promise<Sent>;

const draft = { 'Upload-Draft-Interop-Version': '10' };
const tus = { 'Tus-Resumable': '1.0.0' };
const type = 'text/plain';
const typed = { headers: { 'Content-Type': type } };

/** Every way by which bytes become a file, as its clients do it. */
export const ways: Record<string, Way> = {
  'POST /files': async (sending) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(sending.options)) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(sending.bytes)], { type }), 'way.txt');
    return fileIn(await ask(sending, 'POST', '/files', { body: form }));
  },
  'POST /files/stream': async (sending) =>
    fileIn(await ask(sending, 'POST', `/files/stream${queryOf(sending)}`, { ...typed, body: sending.bytes as Body })),
  'POST /files/stream, chunked': async (sending) =>
    fileIn(await ask(sending, 'POST', `/files/stream${queryOf(sending)}`, { ...typed, body: streamOf(sending.bytes) })),
  'PUT /files/{name}': async (sending) =>
    fileIn(await ask(sending, 'PUT', `/files/way.txt${queryOf(sending)}`, { ...typed, body: sending.bytes as Body })),
  'tus, one request': async (sending) => {
    const headers = { ...lengthOf(sending), ...describe(sending) };
    return uploadIn(await piece(sending, 'POST', '/uploads', { body: sending.bytes, headers }));
  },
  'tus, pieces': (sending) => inPieces(sending, lengthOf(sending)),
  'tus, length later': (sending) => inPieces(sending, { 'Upload-Defer-Length': '1' }),
  'tus, parts': async (sending) => {
    const urls: string[] = [];
    for (const bytes of halvesOf(sending.bytes)) {
      const headers = { ...lengthOf({ bytes }), 'Upload-Concat': 'partial' };
      const answer = await piece(sending, 'POST', '/uploads', { body: bytes, headers });
      if (!answer.ok) return refusal(answer);
      urls.push(answer.headers.get('Location') ?? '');
    }
    const headers = { ...describe(sending), 'Upload-Concat': `final;${urls.join(' ')}` };
    return uploadIn(await piece(sending, 'POST', '/uploads', { headers }));
  },
  'IETF, one request': async (sending) => {
    const headers = { ...typed.headers, ...draft, 'Upload-Complete': '?1' };
    return fileIn(
      await ask(sending, 'POST', `/files/stream${queryOf(sending)}`, { body: sending.bytes as Body, headers }),
    );
  },
  'IETF, pieces': async (sending) => {
    const headers = { ...typed.headers, ...draft, 'Upload-Complete': '?0' };
    const begun = await ask(sending, 'POST', `/files/stream${queryOf(sending)}`, { headers });
    if (!begun.ok) return refusal(begun);
    const path = (begun.headers.get('Location') ?? '').replace('/api/v1', '');
    const [first, last] = halvesOf(sending.bytes);
    const append = (bytes: Buffer, offset: number, isComplete: string) =>
      ask(sending, 'PATCH', path, {
        body: bytes as Body,
        headers: {
          ...draft,
          'Content-Type': 'application/partial-upload',
          'Upload-Offset': String(offset),
          'Upload-Complete': isComplete,
        },
      });
    const answer = await append(first, 0, '?0');
    return answer.ok ? fileIn(await append(last, first.length, '?1')) : refusal(answer);
  },
  'POST /attachments/presigned': async (sending) => {
    const { bytes, options } = sending;
    const body = { filename: 'way.txt', content_type: type, size_bytes: bytes.length, ...options };
    const presigned = await json(sending, '/attachments/presigned', body);
    if (!presigned.ok) return refusal(presigned);
    const { attachment_id, fields, url } = (await presigned.json()) as Presigned;
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(bytes)]), 'way.txt');
    const sent = await fetch(url, { method: 'POST', body: form });
    // The same form once more, under a repeated key, is taken or finds the object confirmed.
    if (!sent.ok && sent.status !== 409) return { code: `${sent.status} of the store` };
    const confirmed = await json({ ...sending, headers: {} }, '/attachments/confirm', { attachment_id });
    return confirmed.ok ? { uid: attachment_id } : refusal(confirmed);
  },
};

interface Presigned {
  attachment_id: string;
  url: string;
  fields: Record<string, string>;
}

function ask({ headers, owner, url }: Sending, method: string, path: string, init: RequestInit): Promise<Response> {
  const all = { ...headersOf(owner), ...headers, ...(init.headers as Record<string, string>) };
  return fetch(`${url}/api/v1${path}`, { method, duplex: 'half', ...init, headers: all } as RequestInit);
}

function json(sending: Sending, path: string, body: object): Promise<Response> {
  return ask(sending, 'POST', path, {
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });
}

function piece(
  sending: Sending,
  method: string,
  path: string,
  { body, headers }: { body?: Buffer; headers: Record<string, string> },
): Promise<Response> {
  const pieceType = body && { 'Content-Type': 'application/offset+octet-stream' };
  return ask(sending, method, path, {
    ...(body && { body: body as Body }),
    headers: { ...tus, ...pieceType, ...headers },
  });
}

async function inPieces(sending: Sending, length: Record<string, string>): Promise<Sent> {
  const begun = await piece(sending, 'POST', '/uploads', { headers: { ...length, ...describe(sending) } });
  if (!begun.ok) return refusal(begun);
  const path = (begun.headers.get('Location') ?? '').replace('/api/v1', '');
  const [first, last] = halvesOf(sending.bytes);
  const headers = { 'Upload-Offset': '0' };
  const answer = await piece(sending, 'PATCH', path, { body: first, headers });
  if (!answer.ok) return refusal(answer);
  return uploadIn(
    await piece(sending, 'PATCH', path, {
      body: last,
      headers: { 'Upload-Offset': String(first.length), ...lengthOf(sending) },
    }),
  );
}

function lengthOf({ bytes }: Pick<Sending, 'bytes'>): Record<string, string> {
  return { 'Upload-Length': String(bytes.length) };
}

function describe({ options }: Sending): Record<string, string> {
  const pairs = Object.entries({ filename: 'way.txt', filetype: type, ...options });
  const coded = pairs.map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  return { 'Upload-Metadata': coded.join(',') };
}

function halvesOf(bytes: Buffer): [Buffer, Buffer] {
  const half = Math.ceil(bytes.length / 2);
  return [bytes.subarray(0, half), bytes.subarray(half)];
}

function queryOf({ options }: Sending): string {
  return `?${new URLSearchParams(options)}`;
}

function streamOf(bytes: Buffer): ReadableStream {
  return new Blob([new Uint8Array(bytes)]).stream();
}

async function fileIn(answer: Response): Promise<Sent> {
  return answer.ok ? { uid: ((await answer.json()) as { uid: string }).uid } : refusal(answer);
}

async function uploadIn(answer: Response): Promise<Sent> {
  if (!answer.ok) return refusal(answer);
  return { uid: answer.headers.get('Wharf-File')?.split('/').at(-1) ?? '' };
}

async function refusal(answer: Response): Promise<Sent> {
  return { code: ((await answer.json()) as { code: string }).code };
}

import { type HttpRequest, type HttpResponse, Upload } from 'tus-js-client';

export interface SendOptions {
  endpoint: string;
  /** Of a request; all in one go unless told. */
  chunkBytes?: number;
  parallelUploads?: number;
}

export interface Sent {
  url: string;
  /** Of each upload, or each part of one: the offsets that it has told, in this order. */
  offsets: Record<string, number[]>;
  /** Answers that no upload goes on after. */
  refusals: string[];
}

/** What a page sends, and what of; called from outside of the browser. */
export interface SendingPage {
  send(way: 'tus-js-client' | 'Uppy', sizeBytes: number, options: SendOptions): Promise<Sent & { sha256: string }>;
}

/** Persistent, as a client in a tunnel is. The count begins anew with every byte that arrives. */
export const retryDelays = [100, 200, 400, ...Array.from({ length: 40 }, () => 500)];

/** In Node and in browsers. */
export function sendByTus(body: Blob | Buffer, options: SendOptions): Promise<Sent> {
  const { listen, sent } = listenToAnswers();
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(body as Blob, {
      endpoint: options.endpoint,
      retryDelays,
      ...(options.chunkBytes !== undefined && { chunkSize: options.chunkBytes }),
      ...(options.parallelUploads !== undefined && { parallelUploads: options.parallelUploads }),
      metadata: { filename: 'film.bin' },
      storeFingerprintForResuming: false,
      onAfterResponse: listen,
      onError: reject,
      onSuccess: () => resolve({ ...sent, url: upload.url as string }),
    });
    upload.start();
  });
}

/** Notes what uploads tell. */
export function listenToAnswers() {
  const sent: Omit<Sent, 'url'> = { offsets: {}, refusals: [] };
  const listen = (request: HttpRequest, answer: HttpResponse) => {
    const status = answer.getStatus();
    const address = request.getURL();
    const offset = answer.getHeader('Upload-Offset');
    // Of a browser it is null where it is not there.
    if (offset && request.getMethod() !== 'POST') {
      sent.offsets[address] ??= [];
      sent.offsets[address].push(Number(offset));
    }
    if (status >= 400 && ![409, 423, 503].includes(status)) sent.refusals.push(`${request.getMethod()} ${status}`);
  };
  return { sent, listen };
}

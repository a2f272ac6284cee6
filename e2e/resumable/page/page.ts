import Uppy from '@uppy/core';
import Tus from '@uppy/tus';
import {
  listenToAnswers,
  retryDelays,
  type SendingPage,
  type SendOptions,
  type Sent,
  sendByTus,
} from '../send-by-tus.ts';

const sliceBytes = 64 * 1024;

const page: SendingPage = {
  async send(way, sizeBytes, options) {
    const body = randomBlob(sizeBytes);
    const sent = await (way === 'Uppy' ? sendByUppy(body, options) : sendByTus(body, options));
    const digest = await crypto.subtle.digest('SHA-256', await body.arrayBuffer());
    const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return { ...sent, sha256 };
  },
};
Object.assign(globalThis, { page });

async function sendByUppy(body: Blob, { chunkBytes, endpoint }: SendOptions): Promise<Sent> {
  const { listen, sent } = listenToAnswers();
  const uppy = new Uppy().use(Tus, {
    ...{ endpoint, retryDelays, onAfterResponse: listen },
    // Files of one name and size are not the same file.
    removeFingerprintOnSuccess: true,
    ...(chunkBytes !== undefined && { chunkSize: chunkBytes }),
  });
  uppy.addFile({ name: 'film.bin', type: 'application/octet-stream', data: body });
  const result = await uppy.upload();
  const [file] = result?.successful ?? [];
  if (!file?.uploadURL) throw new Error(`Uppy gave up: ${JSON.stringify(result?.failed?.[0]?.error)}`);
  uppy.destroy();
  return { ...sent, url: file.uploadURL };
}

function randomBlob(sizeBytes: number): Blob {
  const slices: Uint8Array<ArrayBuffer>[] = [];
  for (let left = sizeBytes; left > 0; left -= sliceBytes)
    slices.push(crypto.getRandomValues(new Uint8Array(Math.min(left, sliceBytes))));
  return new Blob(slices);
}

import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** A request whose body is written piece by piece, and that may end in the middle. */
export interface OpenRequest {
  /** Resolves when the kernel has the bytes. */
  write(bytes: Uint8Array | string): Promise<void>;
  end(): void;
  /** As when the network is gone: nothing more comes. */
  breakOff(): void;
  /** Status and headers, once they come; rejects where the connection ends before. */
  answer: Promise<IncomingMessage>;
  /** Headers of the first interim answer but 100. */
  informed: Promise<Record<string, string>>;
}

export async function openRequest(method: string, url: string, headers: Record<string, string>): Promise<OpenRequest> {
  const outgoing = request(url, { method, headers, agent: false });
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', (response) => {
      response.resume();
      resolve(response);
    });
    outgoing.on('error', reject);
  });
  answer.catch(() => undefined);
  const informed = new Promise<Record<string, string>>((resolve) => {
    outgoing.on('information', ({ headers: told, statusCode }) => {
      if (statusCode !== 100) resolve(told as Record<string, string>);
    });
  });
  outgoing.flushHeaders();
  await once(outgoing, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'));
  return {
    answer,
    informed,
    write: (bytes) =>
      new Promise((resolve, reject) => outgoing.write(bytes, (error) => (error ? reject(error) : resolve()))),
    end: () => outgoing.end(),
    breakOff: () => outgoing.destroy(),
  };
}

import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { HttpRequest, HttpResponse, HttpStack } from 'tus-js-client';

/** A body that is made while it is sent. */
export interface StreamedBody {
  /** Writes all of it, one chunk after another. A chunk may be used again once it was written. */
  writeTo(write: (chunk: Buffer) => Promise<void>): Promise<void>;
  sizeBytes: number;
}

/**
 * How tus-js-client sends in Node. Not by its own: through its streams a chunk cannot be used again, and a new one for each makes the garbage collector
 * work as long as all the rest.
 */
export const streamingHttp: HttpStack = {
  createRequest: (method, url) => new StreamingRequest(method, url),
  getName: () => 'streaming',
};

class StreamingRequest implements HttpRequest {
  private readonly headers: Record<string, string> = {};
  private onProgress: (sentBytes: number) => void = () => undefined;
  private request: ClientRequest | undefined;

  constructor(
    private readonly method: string,
    private readonly url: string,
  ) {}

  getMethod(): string {
    return this.method;
  }

  getURL(): string {
    return this.url;
  }

  setHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  getHeader(name: string): string | undefined {
    return this.headers[name];
  }

  setProgressHandler(handler: (sentBytes: number) => void): void {
    this.onProgress = handler;
  }

  getUnderlyingObject(): ClientRequest | undefined {
    return this.request;
  }

  abort(): Promise<void> {
    this.request?.destroy();
    return Promise.resolve();
  }

  send(body: StreamedBody | null): Promise<HttpResponse> {
    const { request: begin } = this.url.startsWith('https:') ? https : http;
    const length = body ? { 'Content-Length': String(body.sizeBytes) } : {};
    const request = begin(this.url, { method: this.method, headers: { ...this.headers, ...length } });
    this.request = request;
    return new Promise((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (answer) => void readAnswer(answer).then(resolve, reject));
      if (!body) return request.end();
      this.write(request, body).then(
        () => request.end(),
        (error: Error) => request.destroy(error),
      );
    });
  }

  private write(request: ClientRequest, body: StreamedBody): Promise<void> {
    let sentBytes = 0;
    return body.writeTo(
      (chunk) =>
        new Promise((resolve, reject) => {
          request.write(chunk, (error) => {
            if (error) return reject(error);
            sentBytes += chunk.length;
            this.onProgress(sentBytes);
            resolve();
          });
        }),
    );
  }
}

async function readAnswer(answer: IncomingMessage): Promise<HttpResponse> {
  const body = await text(answer);
  return {
    getStatus: () => answer.statusCode ?? 0,
    getHeader: (name) => String(answer.headers[name.toLowerCase()] ?? '') || undefined,
    getBody: () => body,
    getUnderlyingObject: () => answer,
  };
}

import type { FileRequest, NewRequest, RequestChangesBody, RequestView } from '@wharf/contracts';
import { List } from '../http/list.js';
import type { Transport } from '../http/transport.js';

interface Options {
  signal?: AbortSignal;
}

/** Pages where others deliver files to you. `client.upload(file, { request: { token } })` delivers. */
export class Requests {
  constructor(private readonly transport: Transport) {}

  /** Its `url` is told this once. */
  create(request: NewRequest, options: Options = {}): Promise<FileRequest> {
    return this.transport.json('POST', 'requests', { json: request, ...options });
  }

  /** The newest first. What came by one: `client.files.list({ request_id })`. */
  list({ limit }: { limit?: number } = {}): List<FileRequest> {
    return new List(this.transport, { path: 'requests', name: 'requests', query: { limit } });
  }

  get(id: string, options: Options = {}): Promise<FileRequest> {
    return this.transport.json('GET', `requests/${id}`, options);
  }

  update(id: string, changes: RequestChangesBody, options: Options = {}): Promise<FileRequest> {
    return this.transport.json('PATCH', `requests/${id}`, { json: changes, isRepeatable: true, ...options });
  }

  /** At once; what came stays. */
  async close(id: string, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `requests/${id}`, options);
  }

  /** What a deliverer may know. */
  view(token: string, { password, signal }: Options & { password?: string } = {}): Promise<RequestView> {
    const headers = {
      Accept: 'application/json',
      ...(password !== undefined && { 'Wharf-Request-Password': password }),
    };
    return this.transport.json('GET', `/r/${token}`, { headers, signal, withoutCredentials: true });
  }

  /** Of a page: the cookie that comes counts for the request from then on. */
  async unlock(token: string, password: string, options: Options = {}): Promise<void> {
    const request = { json: { password }, withoutCredentials: true, ...options };
    await this.transport.request('POST', `requests/${token}/unlock`, request);
  }
}

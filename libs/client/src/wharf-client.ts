import type { HealthReport, ShownEvent } from '@wharf/contracts';
import { bearer, CookieCredentials, type Credentials } from './credentials.js';
import { type Download, type DownloadOptions, downloadFile } from './downloads/download-file.js';
import { type FollowOptions, followEvents } from './events/follow-events.js';
import { Transport } from './http/transport.js';
import { Auth, Keys, Sessions, Users } from './resources/accounts.js';
import { Archives } from './resources/archives.js';
import { Files } from './resources/files.js';
import { Links } from './resources/links.js';
import { Requests } from './resources/requests.js';
import { Audits, DeadLetters, System } from './resources/system.js';
import { type Uploaded, type UploadSource, Uploads } from './uploads/upload-file.js';
import type { UploadOptions } from './uploads/upload-options.js';
import type { UploadStore } from './uploads/upload-store.js';

export interface WharfClientOptions {
  /** Of the gateway, such as `https://files.example.org`; that of the page unless given. */
  url?: string;
  /** An API key or an access token, or a function that knows the current one. */
  token?: string | (() => string | Promise<string>);
  /** Instead of a token. Without either, the cookies of the page count. */
  credentials?: Credentials;
  fetch?: typeof fetch;
  /** For how long something is tried again that makes no progress: a minute. */
  patienceMs?: number;
}

/** A gateway, as one caller. */
export class WharfClient {
  readonly files: Files;
  readonly links: Links;
  readonly archives: Archives;
  readonly requests: Requests;
  readonly auth: Auth;
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly users: Users;
  readonly system: System;
  readonly deadLetters: DeadLetters;
  readonly audits: Audits;
  private readonly transport: Transport;
  private readonly uploads: Uploads;

  constructor({
    credentials,
    fetch: fetchIt = (...words) => fetch(...words),
    patienceMs = 60_000,
    token,
    url = pageOrigin(),
  }: WharfClientOptions = {}) {
    const cookies = new CookieCredentials(() =>
      this.auth.refresh().then(
        () => true,
        () => false,
      ),
    );
    const shown = credentials ?? (token === undefined ? cookies : bearer(token));
    const transport = new Transport({ url, fetch: fetchIt, patienceMs }, shown);
    this.transport = transport;
    this.uploads = new Uploads(transport);
    this.files = new Files(transport);
    this.links = new Links(transport);
    this.archives = new Archives(transport);
    this.requests = new Requests(transport);
    this.auth = new Auth(transport);
    this.keys = new Keys(transport);
    this.sessions = new Sessions(transport);
    this.users = new Users(transport);
    this.system = new System(transport);
    this.deadLetters = new DeadLetters(transport);
    this.audits = new Audits(transport);
  }

  /**
   * Stores a file. What is longer than 4 MiB goes in pieces by tus, each compared with its digest; less goes in one request with its digest, under an
   * idempotency key. Both go on after broken connections and when a gateway dies. Throws WharfError, the reason of the signal, and what reading
   * the source throws.
   */
  upload(source: UploadSource, options: UploadOptions = {}): Promise<Uploaded> {
    return this.uploads.send(source, options);
  }

  /** Ends an upload that waits to go on, and removes its bytes. */
  async discardUpload(
    store: UploadStore,
    fingerprint: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const url = await store.find(fingerprint);
    if (url === undefined) return;
    const headers = { 'Tus-Resumable': '1.0.0' };
    await this.transport.request('DELETE', url, { headers, signal }).catch((error: unknown) => {
      if (!['file_not_found', 'file_expired'].includes(String((error as { code?: unknown }).code))) throw error;
    });
    await store.forget(fingerprint);
  }

  /** Reads a file. What arrives is compared with its digest, and goes on where a connection breaks off. Throws WharfError, and the reason of the signal. */
  download(uid: string, options: DownloadOptions = {}): Promise<Download> {
    return downloadFile(this.transport, `files/${uid}`, options);
  }

  /** What has happened to a file, and what happens to it, as it happens. */
  events(uid: string, options: FollowOptions = {}): AsyncGenerator<ShownEvent> {
    return followEvents(this.transport, uid, options);
  }

  /** Whether the gateway takes files, and what of its neighbours is away. */
  async health({ signal }: { signal?: AbortSignal } = {}): Promise<HealthReport> {
    return this.transport.json('GET', '/health/ready', { signal, withoutCredentials: true, isRepeatable: false });
  }
}

function pageOrigin(): string {
  const { location } = globalThis as { location?: { origin: string } };
  if (!location) throw new Error('outside of a page, a client needs the url of its gateway');
  return location.origin;
}

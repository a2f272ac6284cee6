import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';
import { Attachment, FileRecord, PresignedAttachment } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig } from '@wharf/service-kit';
import {
  eventually,
  type FreshFolder,
  freshFolder,
  headersOf,
  knowsCallers,
  publishKey,
  testBus,
} from '@wharf/test-kit';
import { buildOpenApi } from '../../services/gateway/src/docs/build-openapi.js';
import { sha256, sha256Of } from '../client.ts';
import { listenToEvents } from '../events.ts';
import { readOpenApi } from '../openapi.ts';
import { Ledger } from '../quotas/ledger.ts';
import { openWharf, type Wharf } from '../wharf.ts';

export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const owner = 'owner-1';
export const storeKinds = ['S3', 'directory'] as const;
type StoreKind = (typeof storeKinds)[number];

/** Gateways, in their order: one with a quota; one for images alone, with a CDN; one for large files. */
const gateways: Record<string, string>[] = [
  { QUOTA_BYTES: '100000' },
  { ALLOWED_CONTENT_TYPES: 'image/*', CDN_URL: 'https://cdn.example.org/b/' },
  { MAX_FILE_SIZE: '7000000000' },
];

interface Asking {
  as?: string;
  gateway?: number;
  headers?: Record<string, string>;
  body?: object;
}

const document = readOpenApi(JSON.parse(JSON.stringify(buildOpenApi())));

/** What attachments are answered with is what the document says. */
async function asDocumented(answer: Response, method: string, target: string): Promise<Response> {
  const path = `/api/v1${target.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, '{id}')}`;
  const operation = document.operations.find((each) => each.path === path && each.method === method.toLowerCase());
  if (operation && answer.status !== 500) expect(await document.complaints(operation, answer.clone())).toEqual([]);
  return answer;
}

interface Parts {
  kind: StoreKind;
  wharf: Wharf;
  store: ObjectStore;
  ledger: Ledger;
  events: Awaited<ReturnType<typeof listenToEvents>>;
  bus: Bus;
  folder: FreshFolder;
}

/** All services but the janitor on a store of one kind, and what clients do with attachments. */
export class AttachmentWorld {
  readonly wharf: Wharf;
  readonly store: ObjectStore;
  readonly ledger: Ledger;
  readonly events: Awaited<ReturnType<typeof listenToEvents>>;
  private readonly kind: StoreKind;
  private readonly bus: Bus;
  private readonly folder: FreshFolder;

  private constructor(parts: Parts) {
    this.wharf = parts.wharf;
    this.store = parts.store;
    this.ledger = parts.ledger;
    this.events = parts.events;
    this.kind = parts.kind;
    this.bus = parts.bus;
    this.folder = parts.folder;
  }

  static async open(kind: StoreKind): Promise<AttachmentWorld> {
    const folder = await freshFolder('wharf-objects');
    const objects = { OBJECT_STORE_URL: pathToFileURL(folder.path).href, S3_ENDPOINT_URL: '' };
    const wharf = await openWharf({
      ...knowsCallers,
      ...(kind === 'directory' && objects),
      EXPIRE_SCHEDULE: '* * * * * *',
      SYNC_MAX_DELIVER: '2',
    });
    const bus = testBus(wharf.natsUrl);
    await bus.connected();
    publishKey(bus);
    const events = await listenToEvents(wharf.natsUrl, 'file.>');
    for (const name of ['metadata', 'cloud-sync'] as const) await wharf.start(name);
    for (const settings of gateways) await wharf.start('gateway', settings);
    const ledger = await Ledger.open(wharf.environment.DATABASE_URL as string);
    const store = await openObjectStore(loadConfig(objectStoreSettings, wharf.environment));
    const world = new AttachmentWorld({ kind, wharf, store, ledger, events, bus, folder });
    await eventually(async () => {
      for (const gateway of gateways.keys()) {
        expect((await world.ask('GET', '/attachments', { gateway })).status).toBe(200);
      }
      await store.probe();
    });
    return world;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.events.close();
    await this.bus.drain();
    await this.ledger.close();
    await this.wharf.close();
    await this.folder.remove();
  }

  async ask(method: string, path: string, { as = owner, body, gateway = 0, headers = {} }: Asking = {}) {
    const init = body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {};
    const url = `${this.wharf.urls[gateway]}/api/v1${path}`;
    const request = { ...init, method, headers: { ...init.headers, ...headersOf(as), ...headers } };
    return asDocumented(await fetch(url, request), method, path);
  }

  async presign(request: object = {}, asking: Asking = {}): Promise<PresignedAttachment> {
    const body = { filename: 'фото.png', content_type: 'image/png', size_bytes: 2000, ...request };
    const answer = await this.ask('POST', '/attachments/presigned', { ...asking, body });
    expect([answer.status, await answer.clone().json()]).toMatchObject([201, {}]);
    return PresignedAttachment.strict().parse(await answer.json());
  }

  /** As a browser does. Resolves to the status. */
  async send({ fields = {}, url = '' }: PresignedAttachment, bytes: Buffer = png): Promise<number> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.png');
    const answer = await fetch(url, { method: 'POST', body: form });
    if (this.kind === 'directory') await asDocumented(answer, 'POST', '/attachments/form');
    await answer.arrayBuffer();
    return answer.status;
  }

  async sent(request: object = {}, asking: Asking = {}): Promise<PresignedAttachment> {
    const presigned = await this.presign(request, asking);
    expect(await this.send(presigned)).toBe(204);
    return presigned;
  }

  confirm(attachment_id: string, more: object = {}, asking: Asking = {}): Promise<Response> {
    return this.ask('POST', '/attachments/confirm', { ...asking, body: { attachment_id, ...more } });
  }

  async confirmed(attachment_id: string, more: object = {}): Promise<Attachment> {
    const answer = await this.confirm(attachment_id, more);
    expect([answer.status, await answer.clone().json()]).toMatchObject([200, {}]);
    return Attachment.strict().parse(await answer.json());
  }

  isThere(key: string): Promise<boolean> {
    return this.store.stat(key).then(
      () => true,
      () => false,
    );
  }

  /** As if their forms had expired long enough ago: those of these ids, or all. */
  async makeDue(...ids: string[]): Promise<void> {
    await this.ledger.query('update attachments set due_at = now() where id = any ($1) or cardinality($1) = 0', [ids]);
  }

  /** How often a service has done something with attachments. */
  async counted(serviceUrl: string, step: string): Promise<number> {
    const text = await (await fetch(`${serviceUrl}/metrics`)).text();
    const found = new RegExp(`^wharf_attachments_total{[^}]*step="${step}"[^}]*} (\\d+)`, 'm').exec(text);
    return Number(found?.[1]);
  }

  async reserved(): Promise<number> {
    return (await this.ledger.query('select id from upload_reservations')).length;
  }

  async expectVerified(id: string, bytes: Buffer): Promise<void> {
    await eventually(async () => {
      const record = FileRecord.parse(await (await this.ask('GET', `/files/${id}/metadata`)).json());
      expect(record).toMatchObject({ sha256: sha256(bytes), status: 'archived', local: false, sync_error: null });
    });
    const answer = await this.ask('GET', `/files/${id}`);
    expect(answer.headers.get('ETag')).toBe(`"${sha256(bytes)}"`);
    expect(await sha256Of(answer)).toBe(sha256(bytes));
  }
}

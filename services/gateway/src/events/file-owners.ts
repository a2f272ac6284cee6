import { type CloudEvent, FileStored, FileUpdated } from '@wharf/contracts';
import { LRUCache } from 'lru-cache';
import { findRecord } from '../files/find-record.js';
import type { Gateway } from '../gateway.js';

const keptFiles = 10_000;

/** Whose files are that events are about: most events do not say it. */
export class FileOwners {
  /** The owner, or null for nobody's file and for one that is not recorded. */
  private readonly known = new LRUCache<string, Promise<{ owner: string | null }>>({ max: keptFiles });

  constructor(private readonly gateway: Pick<Gateway, 'bus'>) {}

  /** Learns from the event, else asks metadata. Throws `unavailable`. */
  async ownerOf(event: CloudEvent): Promise<string | null> {
    const told = ownerToldBy(event);
    if (told !== undefined) this.known.set(event.subject, Promise.resolve({ owner: told }));
    const known = this.known.get(event.subject) ?? this.ask(event.subject);
    return (await known).owner;
  }

  private ask(uid: string): Promise<{ owner: string | null }> {
    const asked = findRecord(this.gateway, uid).then((record) => ({ owner: record?.owner_id ?? null }));
    this.known.set(uid, asked);
    asked.catch(() => this.known.delete(uid));
    return asked;
  }
}

function ownerToldBy({ data, type }: CloudEvent): string | null | undefined {
  if (type === FileStored.type) return (data as { owner_id: string | null }).owner_id;
  if (type === FileUpdated.type) return (data as { changes: { owner_id?: string } }).changes.owner_id;
  return undefined;
}

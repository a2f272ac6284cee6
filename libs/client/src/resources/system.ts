import type {
  AuditDetail,
  AuditOptions,
  AuditRecord,
  DeadLetterRecord,
  StartedAudit,
  SystemReport,
} from '@wharf/contracts';
import { List } from '../http/list.js';
import type { Transport } from '../http/transport.js';

interface Options {
  signal?: AbortSignal;
}

/** What admins see and do. */
export class System {
  constructor(private readonly transport: Transport) {}

  report(options: Options = {}): Promise<SystemReport> {
    return this.transport.json('GET', 'system', options);
  }
}

export class DeadLetters {
  constructor(private readonly transport: Transport) {}

  /** Oldest first. */
  list({ limit }: { limit?: number } = {}): List<DeadLetterRecord> {
    return new List(this.transport, { path: 'dead-letters', name: 'dead_letters', query: { limit } });
  }

  /** Gives it back to the service that gave it up. */
  async replay(seq: number, options: Options = {}): Promise<void> {
    await this.transport.request('POST', `dead-letters/${seq}/replay`, options);
  }

  async remove(seq: number, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `dead-letters/${seq}`, options);
  }
}

export class Audits {
  constructor(private readonly transport: Transport) {}

  /** Newest first. */
  list({ limit }: { limit?: number } = {}): List<AuditRecord> {
    return new List(this.transport, { path: 'audits', name: 'audits', query: { limit } });
  }

  start(audit: AuditOptions = {}, options: Options = {}): Promise<StartedAudit> {
    return this.transport.json('POST', 'audits', { json: audit, ...options });
  }

  /** With a page of what it found. */
  get(id: string, { cursor, limit, signal }: Options & { cursor?: string; limit?: number } = {}): Promise<AuditDetail> {
    return this.transport.json('GET', `audits/${id}`, { query: { cursor, limit }, signal });
  }
}

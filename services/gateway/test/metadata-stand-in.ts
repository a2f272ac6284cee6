import {
  type Caller,
  ClaimDownload,
  CreateLink,
  DeleteFile,
  type EventData,
  type EventDefinition,
  extensionOf,
  FileDeleted,
  FileStored,
  FilesStream,
  FileUpdated,
  GetFile,
  GetFiles,
  Header,
  ListFiles,
  ListLinks,
  type LocatedFileRecord,
  mayChange,
  mayRead,
  PlacedFileStored,
  RecordAccesses,
  RenewClaims,
  ResolveLink,
  RevokeLink,
  type RpcDefinition,
  type RpcReply,
  type RpcRequest,
  SettleDownload,
  UnlockLink,
  UpdateFile,
} from '@wharf/contracts';
import { type Bus, emit } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { answerRpc, ended, newUid, recordOf } from '@wharf/test-kit';

/** Of one file: links of several are tried out on metadata itself. */
type Link = RpcRequest<typeof CreateLink> & { uid: string; download_count: number; isRevoked: boolean };
/** A download that is taken and not settled. */
type Lease = { uid: string; link: Link | undefined };

const leaseMs = 30_000;

/**
 * Stands in for metadata, as far as its contracts tell a gateway: it keeps the records in memory and confirms what it has recorded. It takes
 * every download for one of its own (no sessions), searches for nothing and merges nothing.
 */
export class MetadataStandIn {
  private readonly records = new Map<string, LocatedFileRecord>();
  private readonly links = new Map<string, Link>();
  private readonly leases = new Map<string, Lease>();
  private readonly ending: (() => unknown)[] = [];
  private readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  /** Answers from now on, and records what came while it was away. */
  async start(): Promise<void> {
    this.answer(GetFile, (request) => this.read(request));
    this.answer(GetFiles, ({ caller, uids }) => ({ files: uids.flatMap((uid) => this.readable(uid, caller)) }));
    this.answer(DeleteFile, ({ caller, uid }) => this.end(this.changeable(uid, caller).uid, 'user'));
    this.answer(UpdateFile, (request) => this.update(request));
    this.answer(ListFiles, (request) => this.list(request));
    this.answer(ClaimDownload, (request) => this.claim(request));
    this.answer(SettleDownload, (request) => this.settle(request));
    this.answer(RenewClaims, () => ({}));
    this.answer(RecordAccesses, ({ accesses }) => this.recordAccesses(accesses));
    this.answer(CreateLink, (request) => this.createLink(request));
    this.answer(ResolveLink, ({ token_hash }) => this.resolveLink(token_hash));
    this.answer(ListLinks, ({ caller, uid }) => this.listLinks(uid, caller));
    this.answer(UnlockLink, ({ token_hash }) => ({ link_id: this.resolveLink(token_hash).link.id, unlock_key: null }));
    this.answer(RevokeLink, ({ caller, link_id, uid }) =>
      this.revokeLink(this.changeable(uid ?? '', caller).uid, link_id),
    );
    await this.bus.roundTrip();
    await this.consume();
  }

  async stop(): Promise<void> {
    for (const end of this.ending.splice(0)) await end();
    await this.bus.roundTrip();
  }

  private answer<Request, Reply>(
    rpc: RpcDefinition<Request, Reply>,
    reply: (request: Request) => Reply | Promise<Reply>,
  ): void {
    const answering = answerRpc(this.bus, rpc, reply);
    this.ending.push(() => answering.unsubscribe());
  }

  /** Through JetStream, as metadata does: what it has not stored is confirmed to nobody. Reads the stream from its beginning every time. */
  private async consume(): Promise<void> {
    const { consumers } = this.bus.jetstream();
    const stored = await consumers.get(FilesStream.name, { filterSubjects: FileStored.type });
    const messages = await stored.consume({
      // Short, so that the end of the server is noticed soon.
      expires: 2000,
      callback: (message) => {
        const { data } = PlacedFileStored.envelope.parse(message.json());
        if (!this.records.has(data.uid)) this.records.set(data.uid, recordOf(data));
        const confirmTo = message.headers?.get(Header.confirmTo);
        if (confirmTo) this.bus.require().publish(confirmTo, JSON.stringify({ uid: data.uid }));
      },
    });
    this.ending.push(() => messages.close());
  }

  private read({ caller, uid }: RpcRequest<typeof GetFile>): LocatedFileRecord {
    const record = this.recordOf(uid);
    if (!mayRead(record, caller)) throw notRecorded(uid);
    return record;
  }

  private readable(uid: string, caller: Caller): LocatedFileRecord[] {
    const record = this.records.get(uid);
    return record && mayRead(record, caller) ? [record] : [];
  }

  private changeable(uid: string, caller: Caller): LocatedFileRecord {
    const record = this.recordOf(uid);
    if (!mayChange(record, caller)) throw notRecorded(uid);
    return record;
  }

  private recordOf(uid: string): LocatedFileRecord {
    const record = this.records.get(uid);
    if (!record) throw notRecorded(uid);
    return record;
  }

  private change(uid: string, changes: Partial<LocatedFileRecord>): LocatedFileRecord {
    const record = { ...this.recordOf(uid), ...changes };
    this.records.set(uid, record);
    return record;
  }

  private async end(uid: string, reason: 'user' | 'downloads_exhausted'): Promise<LocatedFileRecord> {
    if (this.recordOf(uid).status === 'deleted') return this.recordOf(uid);
    const record = this.change(uid, ended(reason));
    await this.announce(FileDeleted, { uid, reason, deleted_at: record.deleted_at as string });
    return record;
  }

  private async update(request: RpcRequest<typeof UpdateFile>): Promise<LocatedFileRecord> {
    const { caller, changes, merges_metadata, uid } = request;
    if (merges_metadata) throw new AppError('internal', 'nothing is merged here');
    if (this.changeable(uid, caller).status === 'deleted') throw new AppError('file_deleted', `file ${uid} is deleted`);
    const { charset, original_name, ...others } = changes;
    const extension = original_name && { original_name, extension: extensionOf(original_name) };
    const record = this.change(uid, { ...others, ...extension, ...(charset && { charset }) });
    await this.announce(FileUpdated, { uid, changes });
    return record;
  }

  private async announce<Definition extends EventDefinition>(
    definition: Definition,
    data: EventData<Definition> & { uid: string },
  ): Promise<void> {
    await emit(this.bus, definition, { service: 'metadata', subject: data.uid, id: newUid(), data });
  }

  /** The newest first; a cursor is the uid of the last one that was seen. */
  private list({ caller, cursor, filter, limit }: RpcRequest<typeof ListFiles>): RpcReply<typeof ListFiles> {
    const visible = [...this.records.values()]
      .filter((record) => record.status !== 'deleted' && mayChange(record, caller))
      .filter(({ owner_id }) => filter.owner_id === undefined || filter.owner_id === owner_id)
      .filter(({ uid }) => cursor === null || uid < cursor)
      .sort((one, other) => (one.uid < other.uid ? 1 : -1));
    const files = visible.slice(0, limit).map(({ local_path: _, ...record }) => record);
    return { files, next_cursor: visible.length > limit ? (files.at(-1)?.uid ?? null) : null };
  }

  private claim({
    caller,
    link_id,
    transfer_id,
    uid,
  }: RpcRequest<typeof ClaimDownload>): RpcReply<typeof ClaimDownload> {
    const record = this.read({ caller, uid });
    const link = [...this.links.values()].find((each) => each.link_id === link_id);
    if (record.deleted_reason === 'downloads_exhausted')
      throw new AppError('downloads_exhausted', 'all downloads are used');
    if (record.status === 'deleted') throw new AppError('file_deleted', `file ${uid} is deleted`);
    const open = [...this.leases.values()];
    requireRoom(record, open.filter((lease) => lease.uid === uid).length);
    if (link) requireRoom(link, open.filter((lease) => lease.link === link).length);
    this.leases.set(transfer_id, { uid, link });
    return { claim_id: transfer_id, lease_ms: leaseMs };
  }

  private async settle({ outcome, transfer_id }: RpcRequest<typeof SettleDownload>): Promise<Record<string, never>> {
    const lease = this.leases.get(transfer_id);
    this.leases.delete(transfer_id);
    if (!lease || outcome === 'broken') return {};
    if (lease.link) lease.link.download_count++;
    const { download_count, max_downloads } = this.recordOf(lease.uid);
    this.change(lease.uid, { download_count: download_count + 1 });
    if (download_count + 1 === max_downloads) await this.end(lease.uid, 'downloads_exhausted');
    return {};
  }

  private recordAccesses(accesses: RpcRequest<typeof RecordAccesses>['accesses']): Record<string, never> {
    for (const { downloads, last_accessed_at, uid } of accesses) {
      if (!this.records.has(uid)) continue;
      this.change(uid, { last_accessed_at, download_count: this.recordOf(uid).download_count + downloads });
    }
    return {};
  }

  private createLink(request: RpcRequest<typeof CreateLink>): RpcReply<typeof CreateLink> {
    const [uid = ''] = request.uids ?? [];
    if (this.changeable(uid, request.caller).status === 'deleted')
      throw new AppError('file_deleted', 'the file is deleted');
    this.links.set(request.token_hash, { ...request, uid, download_count: 0, isRevoked: false });
    return { created_at: new Date().toISOString() };
  }

  private resolveLink(tokenHash: string): RpcReply<typeof ResolveLink> {
    const link = this.links.get(tokenHash);
    if (!link) throw new AppError('link_not_found', 'no such link');
    if (link.isRevoked) throw new AppError('link_revoked', 'this link was revoked');
    const { download_count, expires_at, link_id: id, max_downloads, title = null, uid } = link;
    return {
      link: { id, title, expires_at, max_downloads, download_count, unlock_key: null, file_count: 1 },
      uids: [uid],
      file: this.recordOf(uid),
    };
  }

  /** It tells of none. */
  private listLinks(uid: string | null, caller: Caller): RpcReply<typeof ListLinks> {
    if (uid !== null) this.changeable(uid, caller);
    return { links: [], next_cursor: null };
  }

  private revokeLink(uid: string, linkId: string): Record<string, never> {
    this.recordOf(uid);
    const link = [...this.links.values()].find((each) => each.uid === uid && each.link_id === linkId);
    if (!link) throw new AppError('link_not_found', `file ${uid} has no link ${linkId}`);
    link.isRevoked = true;
    return {};
  }
}

function notRecorded(uid: string): AppError {
  return new AppError('file_not_found', `no file ${uid} is recorded`);
}

function requireRoom(limited: { max_downloads: number | null; download_count: number }, openCount: number): void {
  const left = (limited.max_downloads ?? Number.POSITIVE_INFINITY) - limited.download_count;
  if (left <= 0) throw new AppError('downloads_exhausted', 'all downloads are used');
  if (left <= openCount) throw new AppError('unavailable', 'all downloads that are left are under way');
}

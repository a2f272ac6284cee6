import type { LinkRecord, LinkStatus, ListLinks, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { fileNotFound, perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import type { Metadata } from '../metadata.js';
import { type LinkState, linkStateColumns } from './refuse-ended-link.js';

interface LinkRow extends LinkState, Omit<LinkRecord, 'total_bytes' | 'status' | 'files'> {
  total_bytes: string;
  is_exhausted: boolean;
  files: LinkRecord['files'] | null;
}

/** Files that a page of links names of each. */
const shownFiles = 10;

const canBeRead =
  "file.status not in ('deleted', 'quarantined') and (file.expires_at is null or file.expires_at > now())";

/** Its files are looked up for the links of the page alone. */
const columns = `link.id, link.title, link.expires_at, link.max_downloads, link.download_count, link.last_used_at, link.created_at,
  link.revoked_at, link.password_hash is not null as has_password, ${linkStateColumns},
  coalesce(link.download_count >= link.max_downloads, false) as is_exhausted,
  sums.file_count, sums.total_bytes, shown.files`;

const joins = `
  cross join lateral (
    select count(*)::integer as file_count, coalesce(sum(file.size_bytes), 0) as total_bytes
    from link_targets target join files file on file.uid = target.file_uid
    where target.link_id = link.id and ${canBeRead}
  ) sums
  cross join lateral (
    select json_agg(named) as files from (
      select file.uid, file.original_name as name, file.size_bytes, file.content_type
      from link_targets target join files file on file.uid = target.file_uid
      where target.link_id = link.id and ${canBeRead} order by target.place limit ${shownFiles}
    ) named
  ) shown`;

const page = 'and (:cursor::uuid is null or link.id < :cursor) order by link.id desc limit :limit';

const selectOwn = perScope((kind) =>
  statement(`
    select ${columns} from (select * from links link where ${scopeCondition(kind, 'link', ':scope')} ${page}) link ${joins}
    order by link.id desc`),
);

/** Links of somebody else to several files are not told: they would name files of others. */
const selectOfFile = perScope((kind) =>
  statement(`
    select ${columns} from (
      select link.* from links link
      where link.id in (select link_id from link_targets where file_uid = :uid)
        and (link.file_uid is not null or ${scopeCondition(kind, 'link', ':scope')}) ${page}
    ) link ${joins} order by link.id desc`),
);

const selectFile = perScope((kind) =>
  statement(`select 1 from files where uid = :uid and ${scopeCondition(kind, 'files', ':scope')}`),
);

/** One page of the caller's links, or of a file's, deleted or not. Throws `file_not_found`. */
export async function listLinks(
  { orm }: Pick<Metadata, 'orm'>,
  { caller, cursor, limit, uid }: RpcRequest<typeof ListLinks>,
): Promise<RpcReply<typeof ListLinks>> {
  const { kind, value } = scopeOf(caller, 'change');
  const parameters = { scope: value, cursor, limit, uid };
  if (uid !== null) {
    const [file] = await run(orm, selectFile(kind), parameters);
    if (!file) throw fileNotFound(uid);
  }
  const rows = await run<LinkRow>(orm, (uid === null ? selectOwn : selectOfFile)(kind), parameters);
  return { links: rows.map(toLinkRecord), next_cursor: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
}

function toLinkRecord(row: LinkRow): LinkRecord {
  const { files, is_exhausted, is_link_expired, is_revoked, total_bytes, ...link } = row;
  return {
    ...link,
    files: files ?? [],
    total_bytes: Number(total_bytes),
    expires_at: isoTime(link.expires_at),
    last_used_at: isoTime(link.last_used_at),
    revoked_at: isoTime(link.revoked_at),
    created_at: new Date(link.created_at).toISOString(),
    status: statusOf(row),
  };
}

function statusOf({ is_exhausted, is_link_expired, is_revoked }: LinkRow): LinkStatus {
  if (is_revoked) return 'revoked';
  if (is_link_expired) return 'expired';
  return is_exhausted ? 'exhausted' : 'active';
}

function isoTime(text: string | null): string | null {
  return text === null ? null : new Date(text).toISOString();
}

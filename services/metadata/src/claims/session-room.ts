/** A transfer's own claim from an earlier try. */
const isRepeated = '(claim.id = :transfer or :transfer::uuid = any (claim.transfers))';

/**
 * A claim that a transfer may belong to: its own, or that of its client's session. The whole file, too, may be asked for behind a
 * range that was only to look at it.
 */
const joinable = `(${isRepeated} or (claim.session_until > now()
  and (:isRange or (claim.has_part and not claim.is_counted))))`;

/**
 * A client that returns with the id of its first claim (a cookie) is that claim's client, and from then on the only one:
 * joining renames the claim, and others of the same address find it no more.
 */
export const sameClient = `claim.file_uid = :uid and (claim.client = :client or claim.id::text = :client)
  and claim.link_id is not distinct from :link::uuid`;

/** Once the lease is over, the gateways that held the session's running transfers are dead: what they had reserved is free. */
const reservedBytes = 'case when claim.lease_until > now() then claim.reserved_bytes else 0 end';

/**
 * What one session may be sent: the file and a tenth, but never all of it twice. 16 bytes let a player look at the beginning
 * of a tiny file. Of a transfer that broke off the last bytes may not have arrived, since two kernels buffer megabytes: whoever
 * continues in the middle may be sent as much again, once.
 */
const permittedBytes = `file.size_bytes + greatest(file.size_bytes / 10, least(file.size_bytes - 1, 16))
  + case when claim.has_broken and :firstByte::bigint > 0 then least(file.size_bytes / 2, 8388608) else 0 end`;

const hasRoom = `(${isRepeated} or claim.sent_bytes + ${reservedBytes} + :wanted::bigint <= ${permittedBytes})`;

/** Whether the claim, as it is when its row is locked, takes the transfer. With `claim` and `file` in scope. */
export const isJoined = `${joinable} and ${hasRoom}`;

/**
 * The claim to join: a select of one row at most. It is chosen before its room is judged: a claim that is not the client's session
 * any more does not become it again while there is one.
 */
export const candidate = `
  select claim.id, ${hasRoom} as has_room,
    claim.sent_bytes + :wanted::bigint <= ${permittedBytes} as has_room_in_time
  from download_claims claim join files file on file.uid = claim.file_uid
  where ${sameClient} and ${joinable}
  order by ${isRepeated} desc, claim.is_session desc, claim.opened_at limit 1`;

/**
 * A claim that nobody keeps any more, or that whoever asks for the last download need not wait for: of a session that was sent parts of the
 * file and has been idle for a lease.
 */
export const isAbandoned = '(lapses_at <= now() or (has_part and not is_counted and lease_until <= now()))';

/** Settings of a claim's row when a transfer joins it. */
export const joining = `
  client = :client,
  transfers = case when ${isRepeated} then claim.transfers
                   when claim.lease_until > now() then array_append(claim.transfers, :transfer::uuid)
                   else array[:transfer::uuid] end,
  reserved_bytes = case when ${isRepeated} then claim.reserved_bytes else ${reservedBytes} + :wanted::bigint end,
  is_session = claim.is_session or (:isRange and claim.session_until > now()),
  lease_until = now() + :leaseMs * interval '1 millisecond'`;

/**
 * What a file request has used and reserved is changed by these functions alone, for the reasons of `0013-owner-usage-functions.ts`.
 *
 * Locks, in this order: the request's row, or those of several in the order of their ids; then those of owners.
 */

/** Counts files that are recorded, and settles the reservations of `uids`. A request that is forgotten is not counted. */
const settleDeliveries = `
  create function settle_deliveries(the_request uuid, more_files bigint, more_bytes bigint, uids uuid[])
  returns void language plpgsql as $$
  begin
    perform 1 from file_requests where id = the_request for no key update;
    if not found then return; end if;
    with settled as (
      delete from delivery_reservations where id = any (uids) and request_id = the_request returning bytes
    ), total as (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from settled
    )
    update file_requests request
    set used_files = request.used_files + more_files,
        used_bytes = request.used_bytes + more_bytes,
        reserved_files = request.reserved_files - total.files,
        reserved_bytes = request.reserved_bytes - total.bytes
    from total where request.id = the_request;
  end $$`;

/** Takes reservations away: the one of that id, or those that have lapsed where it is null. */
const dropDeliveries = `
  create function drop_deliveries(the_request uuid, dropped_id uuid) returns void language plpgsql as $$
  begin
    perform 1 from file_requests where id = the_request for no key update;
    with dropped as (
      delete from delivery_reservations
      where request_id = the_request and (id = dropped_id or (dropped_id is null and lapses_at <= now()))
      returning bytes
    ), total as (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from dropped
    )
    update file_requests request
    set reserved_files = request.reserved_files - total.files, reserved_bytes = request.reserved_bytes - total.bytes
    from total where request.id = the_request and total.files > 0;
  end $$`;

/**
 * Reserves for a delivery, or raises what it has: of its request, and of the quota of the request's owner where that is limited; or of neither.
 * `outcome` is `given`, `recorded`, `foreign`, `unknown`, `closed`, `expired`, the limit of the request that is reached
 * (`file_size`, `request_files`, `request_bytes`), or that of the owner, as `reserve_upload` tells it; `limit_value` is the request's.
 * What is on its way when a request is closed may arrive.
 */
const reserveDelivery = `
  create function reserve_delivery(the_request uuid, the_owner text, has_quota boolean, the_id uuid, wanted_bytes bigint,
    least_bytes bigint, max_bytes bigint, max_files bigint, max_uploads bigint, lease_ms bigint,
    out outcome text, out given_bytes bigint, out limit_value bigint)
  language plpgsql as $$
  declare
    request file_requests; held delivery_reservations; held_bytes bigint; free_bytes bigint; kept_bytes bigint;
    has_dropped boolean := false; lease_end timestamptz := now() + lease_ms * interval '1 millisecond';
  begin
    select * into request from file_requests where id = the_request for no key update;
    if not found or request.owner_id is distinct from the_owner then outcome := 'unknown'; return; end if;
    select * into held from delivery_reservations where id = the_id;
    if held.request_id <> the_request then outcome := 'foreign'; return; end if;
    if held.id is null then
      if exists (select 1 from files where uid = the_id) then outcome := 'recorded'; given_bytes := 0; return; end if;
      if request.closed_at is not null then outcome := 'closed'; return; end if;
      if request.expires_at <= now() then outcome := 'expired'; return; end if;
    end if;
    held_bytes := coalesce(held.bytes, 0);
    if least_bytes > greatest(held_bytes, request.max_file_size) then
      outcome := 'file_size'; limit_value := request.max_file_size; return;
    end if;
    loop
      free_bytes := request.max_bytes - request.used_bytes - request.reserved_bytes + held_bytes;
      outcome := case
        when held.id is null and request.used_files + request.reserved_files >= request.max_files then 'request_files'
        when (held.id is null or least_bytes > held_bytes) and (free_bytes < least_bytes or free_bytes <= 0)
          then 'request_bytes'
        else 'given' end;
      exit when outcome = 'given' or has_dropped;
      update delivery_reservations set lapses_at = lease_end where id = the_id;
      perform drop_deliveries(the_request, null);
      select * into request from file_requests where id = the_request;
      has_dropped := true;
    end loop;
    if outcome <> 'given' then
      limit_value := case outcome when 'request_files' then request.max_files else request.max_bytes end;
      return;
    end if;
    given_bytes := greatest(held_bytes, least(wanted_bytes, free_bytes, request.max_file_size));
    kept_bytes := given_bytes;
    if has_quota then
      select quota.outcome, least(kept_bytes, quota.given_bytes) into outcome, given_bytes
      from reserve_upload(the_owner, the_id, kept_bytes, least_bytes, max_bytes, max_files, max_uploads, lease_ms) quota;
      if outcome <> 'given' then return; end if;
      kept_bytes := greatest(held_bytes, given_bytes);
    end if;
    if held.id is null then
      insert into delivery_reservations (id, request_id, bytes, lapses_at) values (the_id, the_request, kept_bytes, lease_end);
    else
      update delivery_reservations set bytes = kept_bytes, lapses_at = lease_end where id = the_id;
    end if;
    update file_requests set reserved_bytes = reserved_bytes + kept_bytes - held_bytes,
      reserved_files = reserved_files + case when held.id is null then 1 else 0 end
    where id = the_request;
  end $$`;

/** In the order in which they call each other. */
export const deliveryFunctions = [settleDeliveries, dropDeliveries, reserveDelivery];

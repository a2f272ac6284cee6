/**
 * What an owner has used and reserved is changed by these functions alone.
 *
 * They are functions since each of their statements sees what was committed before it, and not before the statement that calls them: what
 * they read behind a lock is what the holder before has left. In one statement without them the lock of a row would be waited for, but other
 * rows would be seen as they were before the wait.
 *
 * Locks, in this order: the advisory lock of the owner, the owner's row, its reservations. Whoever needs several owners takes them in the order
 * of their ids. Rows of files are locked before all of these, and never after them.
 */

/** Beside the one of `advisory-lock.ts`. Two owners with one hash wait for each other now and then, and that is all. */
const lockClass = 0x57_68_61_71;
const ownersLock = (owner: string) => `${lockClass}, hashtext(${owner})`;

/**
 * Counts files that are recorded, or by negative numbers such as have ended, and settles the reservations of `uids`. An owner without a row
 * is not counted. The shared lock keeps the row from being made meanwhile: whoever makes it has either seen these files, or is seen here.
 */
const countOwnerFiles = `
  create function count_owner_files(counted_owner text, more_files bigint, more_bytes bigint, uids uuid[] default '{}')
  returns void language plpgsql as $$
  begin
    perform pg_advisory_xact_lock_shared(${ownersLock('counted_owner')});
    perform 1 from owner_usage where owner_id = counted_owner for no key update;
    if not found then return; end if;
    with settled as (
      delete from upload_reservations where id = any (uids) and owner_id = counted_owner returning bytes
    ), total as (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from settled
    )
    update owner_usage usage
    set used_files = usage.used_files + more_files,
        used_bytes = usage.used_bytes + more_bytes,
        reserved_files = usage.reserved_files - total.files,
        reserved_bytes = usage.reserved_bytes - total.bytes
    from total where usage.owner_id = counted_owner;
  end $$`;

/** Whatever ends a recorded file, or gives it to somebody else: none of the ways to do that can be forgotten. */
const countChangedFile = `
  create function count_changed_file() returns trigger language plpgsql as $$
  begin
    if old.owner_id is not null and old.status <> 'deleted' then
      perform count_owner_files(old.owner_id, -1, -old.size_bytes);
    end if;
    if tg_op = 'UPDATE' and new.owner_id is not null and new.status <> 'deleted' then
      perform count_owner_files(new.owner_id, 1, new.size_bytes);
    end if;
    return null;
  end $$`;

/** Takes reservations away: the one of that id, or those that have lapsed where it is null. */
const dropReservations = `
  create function drop_reservations(their_owner text, dropped_id uuid) returns void language plpgsql as $$
  begin
    perform 1 from owner_usage where owner_id = their_owner for no key update;
    with dropped as (
      delete from upload_reservations
      where owner_id = their_owner and (id = dropped_id or (dropped_id is null and lapses_at <= now()))
      returning bytes
    ), total as (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from dropped
    )
    update owner_usage usage
    set reserved_files = usage.reserved_files - total.files, reserved_bytes = usage.reserved_bytes - total.bytes
    from total where usage.owner_id = their_owner and total.files > 0;
  end $$`;

/** The row of an owner, locked. It is made where there is none, of the files that the owner has, while none of them is recorded or ended. */
const lockOwnerUsage = `
  create function lock_owner_usage(wanted_owner text) returns owner_usage language plpgsql as $$
  declare usage owner_usage;
  begin
    select * into usage from owner_usage where owner_id = wanted_owner for no key update;
    if found then return usage; end if;
    perform pg_advisory_xact_lock(${ownersLock('wanted_owner')});
    insert into owner_usage (owner_id, used_bytes, used_files)
    select wanted_owner, coalesce(sum(size_bytes), 0), count(*)
    from files where owner_id = wanted_owner and status <> 'deleted'
    on conflict do nothing;
    select * into strict usage from owner_usage where owner_id = wanted_owner for no key update;
    return usage;
  end $$`;

/**
 * Reserves for an upload, or raises what it has. `outcome` is `given`, `recorded`, `foreign`, or the limit that is reached: `bytes`, `files`,
 * `uploads`. What is reserved already was judged before: it stays, though limits were lowered since. Reservations that nobody keeps are taken
 * away before anything is refused.
 */
const reserveUpload = `
  create function reserve_upload(the_owner text, the_id uuid, wanted_bytes bigint, least_bytes bigint,
    max_bytes bigint, max_files bigint, max_uploads bigint, lease_ms bigint, out outcome text, out given_bytes bigint)
  language plpgsql as $$
  declare
    usage owner_usage; held upload_reservations; held_bytes bigint; free_bytes bigint; has_dropped boolean := false;
    lease_end timestamptz := now() + lease_ms * interval '1 millisecond';
  begin
    usage := lock_owner_usage(the_owner);
    select * into held from upload_reservations where id = the_id;
    if held.owner_id <> the_owner then outcome := 'foreign'; return; end if;
    if held.id is null and exists (select 1 from files where uid = the_id) then
      outcome := 'recorded'; given_bytes := 0; return;
    end if;
    held_bytes := coalesce(held.bytes, 0);
    loop
      free_bytes := max_bytes - usage.used_bytes - usage.reserved_bytes + held_bytes;
      outcome := case
        when held.id is null and usage.reserved_files >= max_uploads then 'uploads'
        when held.id is null and usage.used_files + usage.reserved_files >= max_files then 'files'
        when (held.id is null or least_bytes > held_bytes) and free_bytes < least_bytes then 'bytes'
        else 'given' end;
      exit when outcome = 'given' or has_dropped;
      update upload_reservations set lapses_at = lease_end where id = the_id;
      perform drop_reservations(the_owner, null);
      select * into usage from owner_usage where owner_id = the_owner;
      has_dropped := true;
    end loop;
    if outcome <> 'given' then return; end if;
    given_bytes := greatest(held_bytes, least(wanted_bytes, free_bytes));
    if held.id is null then
      insert into upload_reservations (id, owner_id, bytes, lapses_at) values (the_id, the_owner, given_bytes, lease_end);
    else
      update upload_reservations set bytes = given_bytes, lapses_at = lease_end where id = the_id;
    end if;
    update owner_usage set reserved_bytes = reserved_bytes + given_bytes - held_bytes,
      reserved_files = reserved_files + case when held.id is null then 1 else 0 end
    where owner_id = the_owner;
  end $$`;

/** In the order in which they call each other. */
export const usageFunctions = [countOwnerFiles, countChangedFile, dropReservations, lockOwnerUsage, reserveUpload];

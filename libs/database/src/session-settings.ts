import { withTimeout } from '@wharf/service-kit';

/** A connection of the pool, as far as it matters here. */
interface Client {
  query(text: string): Promise<unknown>;
}

const settingTimeoutMs = 1000;

/**
 * What the service's statements and its reading of rows rely on. A database, a role or postgresql.conf may say otherwise. The limits in time
 * follow, since the driver sends none of 0. `search_path` stays as it is, since it says where the tables are, unless it names no schema.
 *
 * As statements, and not in the startup packet: PgBouncer refuses a packet with parameters that it does not know. In transaction mode it
 * keeps the first four for the client; the isolation level is repeated by each transaction.
 */
const settings = `
  set datestyle = 'ISO, MDY';
  set intervalstyle = 'postgres';
  set timezone = 'UTC';
  set standard_conforming_strings = on;
  set bytea_output = 'hex';
  set array_nulls = on;
  set lock_timeout = 0;
  set default_transaction_isolation = 'read committed';
  select set_config('search_path', 'public', false) where current_schema() is null;`;
const noLimits = 'set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;';

/** For the pool's `onConnect`, which gives the connection to nobody before. A server that falls silent meanwhile costs the connection. */
export function settingSession({ isUnlimited }: { isUnlimited: boolean }): (client: Client) => Promise<void> {
  const text = isUnlimited ? settings + noLimits : settings;
  return async (client) => {
    await withTimeout(settingTimeoutMs, client.query(text));
  };
}

import type { EventEmitter } from 'node:events';

/** A connection of the pool, as far as it matters here. */
interface Client extends EventEmitter {
  release(broken?: boolean): void;
  connection: { stream: { destroy(): void } };
}

export interface Pool {
  connect(): Promise<Client>;
}

/**
 * Sees to it that every connection comes back to the pool.
 * - The query builder under the ORM keeps a connection for ever when BEGIN or ROLLBACK fails on it: without this, each
 *   transaction that is running while PostgreSQL goes away costs a place in the pool, until none is left.
 * - Nothing in the driver ends a query to a server that neither answers nor hangs up. Its own `query_timeout` only
 *   stops waiting: the connection would return to the pool with the query, or an open transaction, still on it.
 *   So work that takes longer than `workMs`, counted from when it asked for a connection, is cut off with its connection.
 */
export function limitWork(pool: Pool, workMs: number): void {
  const connect = pool.connect.bind(pool);
  pool.connect = async () => {
    const askedAt = performance.now();
    const client = await connect();
    watch(client, workMs > 0 ? workMs - (performance.now() - askedAt) : undefined);
    return client;
  };
}

function watch(client: Client, leftMs: number | undefined): void {
  const release = client.release;
  const timer =
    leftMs === undefined ? undefined : setTimeout(() => client.connection.stream.destroy(), Math.max(leftMs, 0));
  let isReturned = false;
  const giveBack = (broken?: boolean) => {
    if (isReturned) return;
    isReturned = true;
    clearTimeout(timer);
    client.removeListener('end', onEnd);
    release(broken);
  };
  const onEnd = () => giveBack(true);
  client.once('end', onEnd);
  client.release = giveBack;
}

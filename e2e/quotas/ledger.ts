import pg from 'pg';

export interface Usage {
  used_bytes: number;
  used_files: number;
  reserved_bytes: number;
  reserved_files: number;
}

/** What metadata counts of owners, read past it. */
export class Ledger {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(databaseUrl: string): Promise<Ledger> {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'ledger' });
    await client.connect();
    return new Ledger(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async query<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  async usageOf(owner: string): Promise<Usage | undefined> {
    const [usage] = await this.query<Usage>(
      `select used_bytes::float8, used_files::integer, reserved_bytes::float8, reserved_files::integer
       from owner_usage where owner_id = $1`,
      [owner],
    );
    return usage;
  }

  /** Owners of whom something else is counted than what is there. */
  wrongUsages(): Promise<object[]> {
    return this.query(`
      select * from owner_usage as counted
      cross join lateral (
        select coalesce(sum(size_bytes), 0)::bigint as file_bytes, count(*) as files
        from files where owner_id = counted.owner_id and status <> 'deleted') as used
      cross join lateral (
        select coalesce(sum(bytes), 0)::bigint as reservation_bytes, count(*) as reservations
        from upload_reservations where owner_id = counted.owner_id) as reserved
      where (used_bytes, used_files, reserved_bytes, reserved_files)
        is distinct from (file_bytes, files, reservation_bytes, reservations)`);
  }

  /** Time passes: nobody has renewed anything. */
  async lapse(): Promise<void> {
    await this.query("update upload_reservations set lapses_at = now() - interval '1 second'");
  }
}

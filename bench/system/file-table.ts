import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const pollMs = 50;

/** The records of a Wharf, past its services: to ask them would cost what is measured. */
export class FileTable {
  private readonly client: pg.Client;
  private countedFrom = new Date(0);

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(connectionString: string): Promise<FileTable> {
    const client = new pg.Client({ connectionString });
    // A query says it too. Where a run fails, the server ends before this, and the failure is what is to be shown.
    client.on('error', () => undefined);
    await client.connect();
    return new FileTable(client);
  }

  /** What is there now is not counted any more. */
  async countFromNow(): Promise<void> {
    const { rows } = await this.client.query<{ now: Date }>('select now()');
    this.countedFrom = rows[0]?.now ?? this.countedFrom;
  }

  async until(condition: string, files: number): Promise<void> {
    while ((await this.count(condition)) < files) await delay(pollMs);
  }

  async untilNone(condition: string): Promise<void> {
    while ((await this.count(condition)) > 0) await delay(pollMs);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async count(condition: string): Promise<number> {
    const query = `select count(*)::int as found from files where created_at > $1 and ${condition}`;
    const { rows } = await this.client.query<{ found: number }>(query, [this.countedFrom]);
    return rows[0]?.found ?? 0;
  }
}

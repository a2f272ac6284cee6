import { FilePage, type FileRecord } from '@wharf/contracts';
import { type Door, read } from './door.js';

const pageSize = 200;

/** The newest files, at most `limit` of them. */
export async function* listFiles(door: Door, limit: number): AsyncGenerator<FileRecord> {
  let cursor: string | null = null;
  for (let left = limit; left > 0; ) {
    const query = new URLSearchParams({ limit: String(Math.min(pageSize, left)), ...(cursor !== null && { cursor }) });
    const page: FilePage = FilePage.parse(await (await read(door, `?${query}`)).json());
    yield* page.files;
    left -= page.files.length;
    cursor = page.next_cursor;
    if (cursor === null) return;
  }
}

import { Content } from './content.ts';
import { type Exchange, runLanes } from './lanes.ts';
import type { DownloadOrder, WorkDone } from './orders.ts';

interface Wanted {
  request: [Buffer];
  content: Content;
  start: number;
  sizeBytes: number;
  status: number;
}

/** Downloads files, or ranges of them, and compares every byte with what was uploaded. */
export async function download(order: DownloadOrder): Promise<WorkDone> {
  const wanted = order.targets.flatMap((target) => prepare(target, order));
  return runLanes(order, async (connection, index): Promise<Exchange> => {
    const { content, request, sizeBytes, start, status } = wanted[index % wanted.length] as Wanted;
    let isRight = true;
    const answer = await connection.exchange(request, (bytes, position) => {
      isRight &&= content.hasAt(start + position, bytes);
    });
    if (answer.status !== status) throw new Error(`download answered ${answer.head}`);
    if (answer.bodyBytes !== sizeBytes)
      throw new Error(`download of ${answer.bodyBytes} instead of ${sizeBytes} bytes`);
    if (!isRight) throw new Error('download of other bytes than were uploaded');
    return { status, bytes: sizeBytes };
  });
}

function prepare(target: DownloadOrder['targets'][number], { headers = {}, rangeBytes }: DownloadOrder): Wanted[] {
  const content = new Content(target.content, target.sizeBytes);
  if (rangeBytes === undefined) {
    return [{ request: [head(target.path, headers)], content, start: 0, sizeBytes: target.sizeBytes, status: 200 }];
  }
  return rangeStarts(target.sizeBytes, rangeBytes).map((start) => {
    const Range = `bytes=${start}-${start + rangeBytes - 1}`;
    return { request: [head(target.path, { ...headers, Range })], content, start, sizeBytes: rangeBytes, status: 206 };
  });
}

/** Everywhere in the file, on no border of blocks, in no order that reading ahead could guess. */
function rangeStarts(sizeBytes: number, rangeBytes: number): number[] {
  const room = sizeBytes - rangeBytes;
  return Array.from({ length: 64 }, (_, index) => (index * 104_729_431) % room);
}

function head(path: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

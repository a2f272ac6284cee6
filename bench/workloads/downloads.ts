import type { DownloadOrder } from '../client/orders.ts';
import type { Contestant, ContestantName } from '../system/contestant.ts';
import { enterServer, warmUpSeconds } from './enter-server.ts';
import type { Workload } from './workload.ts';

const megabyte = 1_000_000;

interface Download {
  id: string;
  title: string;
  unit: Workload['unit'];
  files: number;
  sizeBytes: number;
  order: Pick<DownloadOrder, 'connections' | 'count' | 'seconds' | 'rangeBytes'>;
}

const contestants: readonly ContestantName[] = ['nginx', 'wharf', 'reference'];

export const downloadWorkloads: readonly Workload[] = [
  download({
    ...{ id: 'W6', title: 'downloads of 500 MB', unit: 'MB/s', files: 1, sizeBytes: 500 * megabyte },
    order: { connections: 1, count: 4 },
  }),
  download({
    ...{ id: 'W7', title: 'downloads of 8 × 100 MB', unit: 'MB/s', files: 8, sizeBytes: 100 * megabyte },
    order: { connections: 8, count: 16 },
  }),
  download({
    ...{ id: 'W8', title: 'downloads of 10 KB, 16 connections', unit: '1/s', files: 64, sizeBytes: 10_000 },
    order: { connections: 16, seconds: 5 },
  }),
  download({
    ...{ id: 'W9', title: 'ranges of 1 MiB, 8 connections', unit: 'MB/s', files: 1, sizeBytes: 500 * megabyte },
    order: { connections: 8, seconds: 5, rangeBytes: 2 ** 20 },
  }),
];

/** The files lie in memory of the kernel by then: what is measured is the way out, not the disk. */
function download({ files, id, order, sizeBytes, title, unit }: Download): Workload {
  const offered = new Map<Contestant, DownloadOrder['targets']>();
  const orderFor = (contestant: Contestant): DownloadOrder => {
    const targets = offered.get(contestant) ?? [];
    return { kind: 'download', port: contestant.port, targets, headers: contestant.headers?.() ?? {}, ...order };
  };
  return {
    id,
    title,
    unit,
    status: order.rangeBytes === undefined ? 200 : 206,
    contestants,
    enter: enterServer({
      async prepare(server, client) {
        const contents = Array.from({ length: files }, (_, number) => ({ number, sizeBytes }));
        const paths = await server.offer(contents);
        offered.set(
          server,
          paths.map((path, content) => ({ path, content, sizeBytes })),
        );
        await client.run({ ...orderFor(server), connections: 1, count: files });
        if (order.seconds !== undefined) await client.run({ ...orderFor(server), seconds: warmUpSeconds });
      },
      run: (server, client) => client.run(orderFor(server)),
    }),
  };
}

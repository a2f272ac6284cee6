import type { UploadOrder } from '../client/orders.ts';
import type { Contestant, ContestantName } from '../system/contestant.ts';
import { enterServer, warmUpSeconds } from './enter-server.ts';
import type { Workload } from './workload.ts';

const megabyte = 1_000_000;

interface LargeUpload {
  id: string;
  body: 'raw' | 'form';
  files: number;
  sizeBytes: number;
  contestants: readonly ContestantName[];
}

const raw: readonly ContestantName[] = ['reference', 'wharf', 'nginx', 'tus'];
const form: readonly ContestantName[] = ['reference', 'wharf', 'multer', 'fastify', 'koa-body'];

export const uploadWorkloads: readonly Workload[] = [
  largeUpload({ id: 'W1', body: 'raw', files: 1, sizeBytes: 500 * megabyte, contestants: raw }),
  largeUpload({ id: 'W2', body: 'form', files: 1, sizeBytes: 500 * megabyte, contestants: form }),
  largeUpload({ id: 'W3', body: 'raw', files: 8, sizeBytes: 100 * megabyte, contestants: raw }),
  largeUpload({ id: 'W4', body: 'form', files: 8, sizeBytes: 100 * megabyte, contestants: form }),
  {
    id: 'W5',
    title: 'uploads of 10 KB, 16 connections',
    unit: '1/s',
    status: 201,
    contestants: raw,
    enter: enterServer({
      prepare: async (server, client) => {
        await client.run(smallUploads(server, warmUpSeconds));
      },
      run: (server, client) => client.run(smallUploads(server, 6)),
    }),
  },
];

function smallUploads(server: Contestant, seconds: number): UploadOrder {
  return {
    ...{ kind: 'upload', body: 'raw', sizeBytes: 10_000, contents: 256, connections: 16, seconds },
    ...{ port: server.port, ...server.uploads('raw') },
  };
}

/** Files of which one fills many buffers; removed after each turn, as a few turns would fill a disk. */
function largeUpload({ body, contestants, files, id, sizeBytes }: LargeUpload): Workload {
  const size = `${sizeBytes / megabyte} MB`;
  return {
    id,
    title: `${files === 1 ? '' : `${files} × `}${size}, ${body === 'raw' ? 'raw body' : 'multipart form'}`,
    unit: 'MB/s',
    status: 201,
    contestants,
    enter: enterServer({
      run: (server, client) =>
        client.run({
          ...{ kind: 'upload', body, sizeBytes, contents: files, connections: files, count: files },
          ...{ port: server.port, ...server.uploads(body) },
        }),
      tidy: (server, { uids }) => server.removeUploads(uids),
    }),
  };
}

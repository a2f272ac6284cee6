import type { UploadOrder } from '../client/orders.ts';
import type { Contestant, ContestantName } from '../system/contestant.ts';
import { FileTable } from '../system/file-table.ts';
import { allServices, type WharfSystem } from '../system/wharf-system.ts';
import { enterServer, type Turns, warmUpSeconds } from './enter-server.ts';
import type { Workload } from './workload.ts';

const megabyte = 1_000_000;

interface Upload extends Pick<Workload, 'id' | 'title' | 'unit'> {
  contestants: readonly ContestantName[];
  turns: Turns;
}

interface LargeUpload {
  id: string;
  body: 'raw' | 'form';
  files: number;
  sizeBytes: number;
  contestants: readonly ContestantName[];
}

const raw: readonly ContestantName[] = ['reference', 'wharf', 'nginx', 'tus'];
const form: readonly ContestantName[] = ['reference', 'wharf', 'multer', 'fastify', 'koa-body'];

const uploads: readonly Upload[] = [
  largeUpload({ id: 'W1', body: 'raw', files: 1, sizeBytes: 500 * megabyte, contestants: raw }),
  largeUpload({ id: 'W2', body: 'form', files: 1, sizeBytes: 500 * megabyte, contestants: form }),
  largeUpload({ id: 'W3', body: 'raw', files: 8, sizeBytes: 100 * megabyte, contestants: raw }),
  largeUpload({ id: 'W4', body: 'form', files: 8, sizeBytes: 100 * megabyte, contestants: form }),
  {
    id: 'W5',
    title: 'uploads of 10 KB, 16 connections',
    unit: '1/s',
    contestants: raw,
    turns: {
      prepare: async (server, client) => {
        await client.run(smallUploads(server, warmUpSeconds));
      },
      run: (server, client) => client.run(smallUploads(server, 6)),
    },
  },
];

export const uploadWorkloads: readonly Workload[] = [
  ...uploads.map(({ turns, ...upload }) => ({ ...upload, status: 201, enter: enterServer(turns) })),
  ...uploads.map(whileCopying),
];

/** As users get it: with cloud-sync, which begins to copy what is uploaded. Compared with uploads to a system without. */
function whileCopying({ id, title, turns, unit }: Upload): Workload {
  const enterWithout = enterServer(turns);
  const enterWith = enterServer({
    ...turns,
    open: (name, { contestants }) =>
      contestants.open(name, id, { services: allServices, store: 'folder', environment: { PURGE_AFTER: '3650d' } }),
    // Nor is the next turn, of whomever, to pay for copies of this one.
    tidy: async (server, done) => {
      await untilCopied(server as WharfSystem);
      await turns.tidy?.(server, done);
    },
    prepare: async (server, client) => {
      await turns.prepare?.(server, client);
      await untilCopied(server as WharfSystem);
    },
  });
  return {
    ...{ id: `${id}-copying`, title: `${title}, while cloud-sync copies`, unit, status: 201 },
    contestants: ['without cloud-sync', 'wharf'],
    enter: (name, arena) => (name === 'without cloud-sync' ? enterWithout('wharf', arena) : enterWith(name, arena)),
  };
}

async function untilCopied({ environment }: WharfSystem): Promise<void> {
  const table = await FileTable.open(String(environment.DATABASE_URL));
  await table.untilNone("status = 'stored'");
  await table.close();
}

function smallUploads(server: Contestant, seconds: number): UploadOrder {
  return {
    ...{ kind: 'upload', body: 'raw', sizeBytes: 10_000, contents: 256, connections: 16, seconds },
    ...{ port: server.port, ...server.uploads('raw') },
  };
}

/** Files of which one fills many buffers; removed after each turn, as a few turns would fill a disk. */
function largeUpload({ body, contestants, files, id, sizeBytes }: LargeUpload): Upload {
  const size = `${sizeBytes / megabyte} MB`;
  return {
    id,
    title: `${files === 1 ? '' : `${files} × `}${size}, ${body === 'raw' ? 'raw body' : 'multipart form'}`,
    unit: 'MB/s',
    contestants,
    turns: {
      run: (server, client) =>
        client.run({
          ...{ kind: 'upload', body, sizeBytes, contents: files, connections: files, count: files },
          ...{ port: server.port, ...server.uploads(body) },
        }),
      tidy: (server, { uids }) => server.removeUploads(uids),
    },
  };
}

import type { ResumableOrder } from '../client/orders.ts';
import type { Contestant } from '../system/contestant.ts';
import { usualSystem } from '../system/wharf-system.ts';
import { enterServer, type Turns } from './enter-server.ts';
import type { Workload } from './workload.ts';

const megabyte = 1_000_000;
const threeGateways = [...usualSystem.services, 'gateway', 'gateway'] as const;

const inOnePatch = resumable({ sizeBytes: 500 * megabyte });
const inChunks = resumable({ sizeBytes: 200 * megabyte, chunkBytes: 8 * megabyte });

export const resumableWorkloads: readonly Workload[] = [
  {
    id: 'W15',
    title: '500 MB by tus in one PATCH',
    ...{ unit: 'MB/s', status: 204, contestants: ['raw body', 'wharf'] },
    enter: (name, arena) =>
      name === 'raw body'
        ? enterServer(rawUpload(500 * megabyte))('wharf', arena)
        : enterServer(inOnePatch)(name, arena),
  },
  {
    id: 'W16',
    title: '200 MB in chunks of 8 MB by tus-js-client',
    ...{ unit: 'MB/s', status: 204, contestants: ['tus', 'wharf'] },
    enter: enterServer(inChunks),
  },
  {
    id: 'W17',
    title: '200 MB in chunks of 8 MB by tus-js-client, through three gateways in turn',
    ...{ unit: 'MB/s', status: 204, contestants: ['through one', 'wharf'] },
    enter: (name, arena) =>
      name === 'through one'
        ? enterServer(inChunks)('wharf', arena)
        : enterServer({
            ...inChunks,
            open: (_name, { contestants }) =>
              contestants.open(name, 'W17', { ...usualSystem, services: threeGateways }),
          })(name, arena),
  },
];

/** Removed after each turn, as a few turns would fill a disk. */
function resumable(extent: Pick<ResumableOrder, 'sizeBytes' | 'chunkBytes'>): Turns {
  return {
    run: (server, client) => client.run(orderFor(server, extent)),
    tidy: (server, { uids }) => server.removeUploads(uids),
  };
}

function orderFor(server: Contestant, extent: Pick<ResumableOrder, 'sizeBytes' | 'chunkBytes'>): ResumableOrder {
  const { headers, port, tusPath } = server;
  if (tusPath === undefined) throw new Error(`${server.name} takes no uploads by tus`);
  return {
    ...{ kind: 'resumable', path: tusPath, count: 1, ...extent },
    ports: server.ports ?? [port],
    headers: headers?.call(server) ?? {},
    namesFile: server.name !== 'tus',
  };
}

function rawUpload(sizeBytes: number): Turns {
  return {
    run: (server, client) =>
      client.run({
        ...{ kind: 'upload', body: 'raw', sizeBytes, contents: 1, connections: 1, count: 1 },
        ...{ port: server.port, ...server.uploads('raw') },
      }),
    tidy: (server, { uids }) => server.removeUploads(uids),
  };
}

import type { AttachOrder, WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import { clientOf } from '../copies/copy-ways.ts';
import type { Contestants } from '../system/contestants.ts';
import { usualSystem, type WharfSystem } from '../system/wharf-system.ts';
import { enterServer } from './enter-server.ts';
import type { Workload } from './workload.ts';

const sizeBytes = 10_000_000;
const count = 12;
const bucket = 'bench-attachments';
const bare = 'bare PUT';

/** What a client waits for until its file is one of Wharf, and until the store alone has the same bytes. */
export const attachmentWorkload: Workload = {
  id: 'W18',
  title: 'attachments of 10 MB, presigned, sent to S3 (Ceph RADOS Gateway) and confirmed',
  ...{ unit: 'MB/s', status: 200, contestants: [bare, 'wharf'] },
  enter: (name, arena) => {
    const opening = systemOf(arena.contestants, name === bare ? 'wharf' : name);
    const run = async (client: Client) => client.run(await orderFor(await opening, name));
    return enterServer({
      open: () => opening,
      prepare: async (_server, client) => tidy(await opening, client, await run(client)),
      run: (_server, client) => run(client),
      tidy: async (_server, done) => tidy(await opening, arena.client, done),
    })(name, arena);
  },
};

/** Reads what was confirmed, to the last byte, and removes it. */
async function tidy(system: WharfSystem, client: Client, { uids }: WorkDone): Promise<void> {
  if (uids.length === 0) return;
  const targets = uids.map((uid, content) => ({ path: `/api/v1/files/${uid}`, content, sizeBytes }));
  const { port } = system;
  await client.run({ kind: 'download', port, targets, connections: 1, count, headers: system.headers() });
  await system.removeUploads(uids);
}

const systems = new WeakMap<Contestants, Map<string, Promise<WharfSystem>>>();

/** Both ways lead to one store. */
function systemOf(contestants: Contestants, name: string): Promise<WharfSystem> {
  const known = systems.get(contestants) ?? new Map<string, Promise<WharfSystem>>();
  systems.set(contestants, known);
  const environment = { S3_BUCKET: bucket };
  const system = known.get(name) ?? contestants.open(name, 'W18', { ...usualSystem, store: 's3', environment });
  known.set(name, system);
  return system;
}

async function orderFor(system: WharfSystem, name: string): Promise<AttachOrder> {
  const { s3 } = system.servers;
  if (!s3) throw new Error('attachments are measured on S3');
  const numbers = Array.from({ length: count }, (_, number) => number);
  const signPut = (number: number) => clientOf(s3).presignedPutObject(bucket, `bare/${number}`);
  return {
    ...{ kind: 'attach', port: system.port, storePort: s3.port, headers: system.headers(), sizeBytes, count },
    ...(name === bare && { puts: await Promise.all(numbers.map(signPut)) }),
  };
}

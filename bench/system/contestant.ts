import type { UploadOrder } from '../client/orders.ts';

export type PeerName = 'reference' | 'multer' | 'fastify' | 'koa-body' | 'tus';
export type ContestantName = 'wharf' | 'nginx' | PeerName | BuildName;
/** Two builds of Wharf beside each other; `again` is a second system of the first. */
export type BuildName = 'first' | 'again' | 'second';

export interface MeasuredProcess {
  name: string;
  pid: number;
}

type UploadRequest = Pick<UploadOrder, 'method' | 'path' | 'headers' | 'answersDigest'>;

/** A server under measurement: Wharf or one of its peers. */
export interface Contestant {
  name: ContestantName;
  port: number;
  /** Whose CPU and memory count as its own. */
  processes(): readonly MeasuredProcess[];
  /** What it stands on: not its own cost, but worth knowing. */
  serverProcesses?(): readonly MeasuredProcess[];
  /** Of every request, where its clients have to say who they are. */
  headers?(): Record<string, string>;
  /** How a body is sent to it. */
  uploads(body: 'raw' | 'form'): UploadRequest;
  /** Of all its gateways, where it may have several. */
  ports?: readonly number[];
  /** Where it takes uploads by tus. */
  tusPath?: string;
  /** Makes the contents with these numbers available; gives back the path of each. */
  offer(contents: { number: number; sizeBytes: number }[]): Promise<string[]>;
  /** Removes uploads, so that they fill no disk: those named, or all it has. */
  removeUploads(uids: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** What the client's process is asked to do. Everything is answered by one `WorkDone`. */
export type Order = UploadOrder | ResumableOrder | AttachOrder | DownloadOrder | AskOrder;

/** Ends after `count` requests, or when the time is over; at least one is made. */
export interface Extent {
  port: number;
  connections: number;
  count?: number;
  seconds?: number;
}

export interface UploadOrder extends Extent {
  kind: 'upload';
  method: 'POST' | 'PUT';
  /** `{n}` stands for the number of the content, `{unique}` for a name that was never used before. */
  path: string;
  /** `{size}` stands for the size of the content. */
  headers: Record<string, string>;
  /** As the body itself, or as the one file of a form. */
  body: 'raw' | 'form';
  sizeBytes: number;
  /** How many different bodies there are, numbered from `firstContent` or 0. */
  contents: number;
  firstContent?: number;
  /** Whether an answer names the digest, which then has to be right. */
  answersDigest: boolean;
}

/** Uploads by tus, one after another. */
export interface ResumableOrder {
  kind: 'resumable';
  /** Requests go to these in turn. */
  ports: readonly number[];
  path: string;
  headers: Record<string, string>;
  sizeBytes: number;
  count: number;
  /** Of a request, by `tus-js-client`; else all is sent in one request, as cheaply as other uploads are. */
  chunkBytes?: number;
  /** Whether the last answer names a file, whose record then has to be right. */
  namesFile: boolean;
}

/** Files straight to an S3 server, one after another. */
export interface AttachOrder {
  kind: 'attach';
  /** Of the gateway that presigns and confirms. */
  port: number;
  storePort: number;
  headers: Record<string, string>;
  sizeBytes: number;
  count: number;
  /** Presigned addresses, one a file, to which it is sent by PUT and that is all. */
  puts?: readonly string[];
}

export interface DownloadOrder extends Extent {
  kind: 'download';
  targets: { path: string; content: number; sizeBytes: number }[];
  headers?: Record<string, string>;
  /** Asks for one range of so many bytes, somewhere in the file. */
  rangeBytes?: number;
}

export interface AskOrder extends Extent {
  kind: 'ask';
  method: 'GET' | 'DELETE';
  paths: readonly string[];
  status: number;
}

export interface WorkDone {
  seconds: number;
  /** Answers by status. */
  statuses: Record<number, number>;
  /** Bytes of contents that were moved. */
  bytes: number;
  latenciesMs: { p50: number; p99: number; max: number };
  /** Of the client itself: nobody is slow because the client is. */
  clientCpuSeconds: number;
  /** Of records that were answered, for whoever wants to remove them. */
  uids: string[];
}

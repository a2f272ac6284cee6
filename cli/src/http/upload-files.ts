import { Readable } from 'node:stream';
import type { Uploaded, UploadedOptions, UploadOptions } from '@wharf/client';
import { openFile } from '@wharf/client/node';
import type { FileRecord } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit/for-each-concurrently';
import type { GatewayContext } from '../gateway-command.js';
import { complain, Interrupted, PartlyFailed } from '../run-program.js';
import { type CollectedFile, collectFiles } from './collect-files.js';
import { ProgressBar } from './progress-bar.js';

export interface UploadPlan {
  name: string | undefined;
  type: string | undefined;
  options: UploadedOptions;
  /** Of a request that they are delivered to. */
  request: { token: string; password?: string } | undefined;
  jobs: number;
}

export interface UploadedFile {
  uid: string;
  name: string;
  record: FileRecord | null;
}

/**
 * Stores files, some at a time. One that fails is told, and the others go on; then it throws PartlyFailed. What was interrupted goes on with the next
 * command of the same words.
 */
export async function uploadFiles(
  context: GatewayContext,
  names: readonly string[],
  { jobs, ...plan }: UploadPlan,
  tell: (uploaded: UploadedFile) => void,
): Promise<void> {
  const progress = new ProgressBar(process.stderr);
  const failures: unknown[] = [];
  await forEachConcurrently(collectFiles(names), jobs, async (collected) => {
    context.signal.throwIfAborted();
    const transfer = progress.begin(collected.file);
    const options = { ...plan, onProgress: transfer.update };
    try {
      const uploaded = await (collected.file === '-'
        ? uploadInput(context, options)
        : uploadOne(context, collected, options));
      transfer.end();
      tell(uploaded);
    } catch (error) {
      transfer.end();
      if (error instanceof Interrupted) throw error;
      failures.push(error);
      complain(error, names.length === 1 && collected.place === undefined ? undefined : collected.file);
    }
  });
  if (failures.length > 0) throw new PartlyFailed(failures[0]);
}

type Plan = Omit<UploadPlan, 'jobs'> & { onProgress: NonNullable<UploadOptions['onProgress']> };

async function uploadOne(
  { client, signal, store, url }: GatewayContext,
  { file, place }: CollectedFile,
  { name, onProgress, options, request, type }: Plan,
): Promise<UploadedFile> {
  const opened = await openFile(file);
  const shownAs = name ?? opened.name;
  const placed = place === undefined ? options : { ...options, metadata: { path: place, ...options.metadata } };
  const uploaded = await client.upload(opened, {
    ...{ name: shownAs, options: placed, onProgress, signal, store },
    ...(type !== undefined && { type }),
    ...(request && { request }),
    fingerprint: JSON.stringify([url, request?.token ?? null, shownAs, opened.fingerprint, placed]),
  });
  return named(uploaded, shownAs);
}

async function uploadInput({ client, signal }: GatewayContext, plan: Plan): Promise<UploadedFile> {
  const { name = 'stdin', onProgress, options, request, type } = plan;
  const source = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>;
  const described = {
    name,
    options,
    onProgress,
    signal,
    ...(type !== undefined && { type }),
    ...(request && { request }),
  };
  return named(await client.upload(source, described), name);
}

function named({ record, uid }: Uploaded, name: string): UploadedFile {
  return { uid, record, name: record?.original_name ?? name };
}

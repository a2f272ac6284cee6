import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import type { UploadOptions } from '@wharf/contracts';
import { AppError, toAppError } from '@wharf/service-kit';
import { layout, type PartOptions } from '@wharf/volume';
import { parse } from 'content-disposition';
import formidable, { type Part } from 'formidable';
import type { Gateway } from '../gateway.js';
import { PartSink } from './part-sink.js';
import type { ReceivedFile } from './plan-file.js';
import { DigestsInPassing, readDigestHeaders, requireDigests, type StatedDigests } from './stated-digests.js';
import { parseUploadOptions } from './upload-options.js';
import type { RoomClaim } from './volume-room.js';

export interface ReceivedForm {
  file: ReceivedFile;
  options: UploadOptions;
}

/**
 * Takes a form with exactly one file into a part on the volume. On any failure nothing is left there.
 * `digests` are those of the request's headers.
 * Throws `missing_file`, `too_many_files`, `file_too_large`, `incomplete_body`, `digest_mismatch`, `invalid_request`.
 */
export async function receiveMultipart(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  { uid, digests, room }: { uid: string; digests: StatedDigests; room: RoomClaim },
): Promise<ReceivedForm> {
  const limits = { maxBytes: config.maxFileSizeBytes, room };
  const createSink = (options: PartOptions) => new PartSink(volume, uid, limits, options);
  const reader = new FormReader(request, digests, createSink);
  try {
    await reader.read();
    if (!reader.file) throw new AppError('missing_file', 'the form has no file part');
    const { sink, sentName, declaredType } = reader.file;
    await finished(sink);
    const part = sink.finishedPart();
    // RFC 9530 means the whole body by the request's headers, most clients mean the file: either is right.
    requireDigests(digests, part, reader.bodyDigests.finish());
    requireDigests(reader.file.digests, part);
    return {
      options: parseUploadOptions(reader.fields),
      file: { uid, part, sentName, declaredType },
    };
  } catch (error) {
    reader.file?.sink.destroy();
    // A sink that had finished before another part failed has let go of its part.
    await volume.remove(layout.part(uid));
    throw fromFormidable(error);
  }
}

interface FormFile {
  sink: PartSink;
  sentName: string;
  declaredType: string | undefined;
  /** Those of the file part's own headers. */
  digests: StatedDigests;
}

const maxFields = 100;
const maxFieldBytes = 256 * 1024;

/**
 * Reads the parts of one form. They are handled here and not by formidable's own file path, which reports success when a
 * sink could not finish, and takes a file without a type for a text field.
 */
class FormReader {
  file: FormFile | undefined;
  /** By name, wherever they stood in the body; a repeated name keeps its last value. */
  readonly fields: Record<string, string> = {};
  /** Of the whole body, boundaries and all. */
  readonly bodyDigests: DigestsInPassing;
  // `binary` keeps the bytes of part headers one to one: a name may be cut in two by a chunk.
  private readonly form = formidable({ encoding: 'binary' }) as Form;
  private fieldCount = 0;
  private fieldBytes = 0;
  private failure: Error | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly digests: StatedDigests,
    private readonly createSink: (options: PartOptions) => PartSink,
  ) {
    this.bodyDigests = new DigestsInPassing(digests);
    this.form.onPart = (part) => this.takePart(part as PartWithHeaders);
    this.hashBody();
  }

  async read(): Promise<void> {
    await this.form.parse(this.request);
    if (this.failure) throw this.failure;
  }

  /** On formidable's way in: a listener of our own on the request would start it before formidable listens. */
  private hashBody(): void {
    const write = this.form.write.bind(this.form);
    this.form.write = (chunk: Buffer) => {
      this.bodyDigests.update(chunk);
      return write(chunk);
    };
  }

  private takePart(part: PartWithHeaders): void {
    if (this.failure) return;
    const { name, filename } = readDisposition(part.headers['content-disposition'] ?? '');
    if (filename === undefined) return this.takeField(part, name ?? '');
    // A browser sends an input without a chosen file as an empty part with an empty name: that is no file.
    if (filename !== '') this.openFile(part, filename);
    part.on('data', (chunk: Buffer) => {
      if (this.failure || chunk.length === 0) return;
      const sink = this.sinkOf(part) ?? this.openFile(part, filename);
      if (sink && !sink.write(chunk)) this.pauseUntilDrained(sink);
    });
    part.on('end', () => {
      if (!this.failure) this.sinkOf(part)?.end();
    });
  }

  private readonly sinks = new Map<Part, PartSink>();

  private sinkOf(part: Part): PartSink | undefined {
    return this.sinks.get(part);
  }

  private openFile(part: PartWithHeaders, sentName: string): PartSink | undefined {
    if (this.file) {
      this.fail(new AppError('too_many_files', 'a request may carry exactly one file'));
      return undefined;
    }
    const digests = this.readDigests(part);
    if (!digests) return undefined;
    const sink = this.createSink({ withMd5: (digests.md5 ?? this.digests.md5) !== undefined });
    sink.on('error', (error) => this.fail(error));
    this.sinks.set(part, sink);
    this.file = { sink, sentName, declaredType: part.mimetype ?? undefined, digests };
    return sink;
  }

  private readDigests(part: PartWithHeaders): StatedDigests | undefined {
    try {
      return readDigestHeaders(part.headers);
    } catch (error) {
      this.fail(toAppError(error));
      return undefined;
    }
  }

  private takeField(part: Part, name: string): void {
    if (++this.fieldCount > maxFields)
      return this.fail(new AppError('invalid_request', `more than ${maxFields} fields`));
    const chunks: Buffer[] = [];
    part.on('data', (chunk: Buffer) => {
      if (this.failure) return;
      this.fieldBytes += chunk.length;
      if (this.fieldBytes > maxFieldBytes) {
        return this.fail(new AppError('invalid_request', `the text fields have more than ${maxFieldBytes} bytes`));
      }
      chunks.push(chunk);
    });
    part.on('end', () => {
      this.fields[name] = Buffer.concat(chunks).toString('utf8');
    });
  }

  private pauseUntilDrained(sink: PartSink): void {
    this.request.pause();
    sink.once('drain', () => this.request.resume());
  }

  /** The first failure ends the form; formidable goes on until its listener is taken off, so every handler looks here. */
  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.form.emit('error', error);
  }
}

/** `write` is public in formidable's code, and left out of its types. */
type Form = ReturnType<typeof formidable> & { write(chunk: Buffer): unknown };
type PartWithHeaders = Part & { headers: Record<string, string | undefined> };

/** Name and filename of a part (RFC 7578 §4.2), as UTF-8; `filename*` wins where a client sends it. */
function readDisposition(header: string): { name: string | undefined; filename: string | undefined } {
  const { parameters } = parse(header, { multipart: true });
  const isExtended = parameters['filename*'] !== undefined;
  return {
    name: parameters.name === undefined ? undefined : fromBinary(parameters.name),
    filename: parameters.filename === undefined || isExtended ? parameters.filename : fromBinary(parameters.filename),
  };
}

function fromBinary(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** formidable's own errors carry an HTTP status; ours pass as they are. */
function fromFormidable(error: unknown): unknown {
  if (typeof error !== 'object' || error === null || !('httpCode' in error)) return error;
  const isCutShort = /ended unexpectedly|aborted/i.test(String(error));
  return isCutShort
    ? new AppError('incomplete_body', 'the form ended before its last boundary', { cause: error })
    : new AppError('invalid_request', 'the body is not a valid form', { cause: error });
}

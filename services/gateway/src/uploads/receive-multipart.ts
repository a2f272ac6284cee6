import type { IncomingMessage } from 'node:http';
import { declaredCharset } from '@wharf/content-types';
import type { UploadOptions } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { StagedFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { formOverheadBytes } from './accept-upload.js';
import { HeadJudge } from './head-judge.js';
import { boundaryOf } from './multipart/boundary.js';
import { type FormEvent, FormParser } from './multipart/form-parser.js';
import { decodeFormText } from './multipart/form-text.js';
import { GrowingBuffer } from './multipart/growing-buffer.js';
import { readDisposition } from './multipart/part-disposition.js';
import type { PartHeaders } from './multipart/part-headers.js';
import type { ReceivedFile } from './plan-file.js';
import { readBody } from './read-body.js';
import { requireNoSlip } from './require-options.js';
import { requirePlainBytes } from './require-plain-bytes.js';
import { isOption } from './resembling-option.js';
import {
  algorithmsOf,
  DigestsInPassing,
  readDigestHeaders,
  requireDigests,
  type StatedDigests,
  states,
} from './stated-digests.js';
import { requireTrailingDigests } from './trailing-digests.js';
import { parseUploadOptions } from './upload-options.js';
import type { UploadReservation } from './upload-reservation.js';

export interface ReceivedForm {
  file: ReceivedFile;
  options: UploadOptions;
}

/**
 * Stages the file of a form, which has exactly one. On any failure nothing is left on the volume.
 * `digests` are those of the request's headers.
 * Throws `missing_file`, `too_many_files`, `file_too_large`, `content_type_not_allowed`, `incomplete_body`, `digest_mismatch`, `invalid_request`.
 */
export async function receiveMultipart(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  { uid, digests, reservation }: { uid: string; digests: StatedDigests; reservation: UploadReservation },
): Promise<ReceivedForm> {
  const { headers } = request;
  const stage = (withMd5: boolean) =>
    volume.stage(uid, { maxBytes: config.maxFileSizeBytes, reservation, withMd5, takesChunks: true });
  const reader = new FormReader(boundaryOf(headers['content-type'] ?? ''), {
    digests,
    trailer: headers.trailer,
    stage,
    judge: (described) => HeadJudge.of(config, described),
  });
  try {
    await readBody(request, (chunk) => reader.take(chunk));
    const file = reader.finish();
    const staged = await file.staging.finish();
    // RFC 9530 means the whole body by the request's headers, most clients mean the file: either is right.
    const body = reader.bodyDigests.finish();
    const inPassing = file.inPassing.finish();
    requireDigests(digests, staged, inPassing, body);
    requireDigests(file.digests, staged, inPassing);
    await requireTrailingDigests(volume, request, { staged, body });
    const { sentName, declaredType } = file;
    return { options: parseUploadOptions(reader.readOptions()), file: { staged, sentName, declaredType } };
  } catch (error) {
    await reader.discard();
    throw error;
  }
}

interface FormField {
  bytes: Buffer;
  /** Of the field's own headers. */
  charset: string | undefined;
}

interface FormFile {
  staging: StagedFile;
  disposition: string;
  sentName: string;
  declaredType: string | undefined;
  /** Those of the file part's own headers. */
  digests: StatedDigests;
  /** Of the file: those that are not computed with its staging. */
  inPassing: DigestsInPassing;
  head: HeadJudge | undefined;
}

type OpenPart =
  | { is: 'file'; file: FormFile }
  | { is: 'unnamed'; headers: PartHeaders }
  | { is: 'field'; name: string; text: GrowingBuffer; charset: string | undefined }
  | { is: 'nothing' };

/** Fields, and inputs without a chosen file. */
const maxPartsBeside = 100;
const maxFieldBytes = 256 * 1024;
const charsetField = '_charset_';

/** Reads the parts of one form: the file into a staged file, the fields into memory. */
class FormReader {
  /** Those that are options, and the charset of all of them, wherever they stood in the body. */
  private readonly fields = new Map<string, FormField>();
  /** Of the whole body, boundaries and all. */
  readonly bodyDigests: DigestsInPassing;
  private readonly parser: FormParser;
  private file: FormFile | undefined;
  /** Of the part that is being read. */
  private part: OpenPart = { is: 'nothing' };
  private partsBeside = 0;
  private fieldBytes = 0;
  private bytesBeside = 0;

  constructor(
    boundary: Buffer,
    private readonly options: {
      digests: StatedDigests;
      /** The request's header, which may announce digests. */
      trailer: string | undefined;
      stage: (withMd5: boolean) => StagedFile;
      judge: (described: Omit<ReceivedFile, 'staged'>) => HeadJudge | undefined;
    },
  ) {
    this.parser = new FormParser(boundary);
    this.bodyDigests = new DigestsInPassing(algorithmsOf(options.digests, options.trailer));
  }

  /** Where it gives a promise, call it again only after that resolved. */
  take(chunk: Buffer): Promise<void> | undefined {
    if (this.bytesBeside > formOverheadBytes) {
      throw new AppError('file_too_large', `a form may have at most ${formOverheadBytes} bytes beside the file`);
    }
    this.bodyDigests.update(chunk);
    this.bytesBeside += chunk.length;
    return this.takeEvents(this.parser.read(chunk));
  }

  /** The file, once the body has ended. Throws `incomplete_body`, `missing_file`. */
  finish(): FormFile {
    if (!this.parser.isComplete) throw new AppError('incomplete_body', 'the form ended before its last boundary');
    if (!this.file) throw new AppError('missing_file', 'the form has no file part');
    const charset = this.charset();
    if (charset === undefined) return this.file;
    return { ...this.file, sentName: readDisposition(this.file.disposition, charset).filename ?? '' };
  }

  /** The options as text, once the body has ended: the field that tells the charset may be the last one. */
  readOptions(): Record<string, string> {
    const charset = this.charset();
    const options: Record<string, string> = {};
    for (const [name, field] of this.fields) options[name] = decodeFormText(field.bytes, field.charset, charset);
    return options;
  }

  private charset(): string | undefined {
    return this.fields.get(charsetField)?.bytes.toString('latin1');
  }

  async discard(): Promise<void> {
    await this.file?.staging.discard();
  }

  /** At one go as far as nothing has to be waited for. */
  private takeEvents(events: Generator<FormEvent>): Promise<void> | undefined {
    for (let next = events.next(); !next.done; next = events.next()) {
      const taking = this.takeEvent(next.value);
      if (taking) return taking.then(() => this.takeEvents(events));
    }
    return undefined;
  }

  private takeEvent(event: FormEvent): Promise<void> | undefined {
    if (event.type === 'data') return this.takeData(event.bytes);
    if (event.type === 'part') this.openPart(event.headers);
    else this.endPart();
    return undefined;
  }

  private endPart(): void {
    if (this.part.is === 'field') this.keepField(this.part.name, { ...this.part, bytes: this.part.text.bytes });
    this.part = { is: 'nothing' };
  }

  private keepField(name: string, { bytes, charset }: FormField): void {
    // An empty one is as if it were not there.
    if (bytes.length === 0 || (!isOption(name) && name !== charsetField)) return;
    if (this.fields.has(name)) {
      const fields = [{ path: name, message: 'must be given once' }];
      throw new AppError('invalid_request', 'a field of the form is given twice', { fields });
    }
    this.fields.set(name, { bytes, charset });
  }

  private openPart(headers: PartHeaders): void {
    requirePlainBytes(headers);
    const { name = '', filename } = readDisposition(headers['content-disposition'] ?? '');
    const type = headers['content-type'];
    const isField = filename === undefined || isJsonField(name, filename, type);
    if (filename && !isField) return this.openFile(filename, headers);
    if (++this.partsBeside > maxPartsBeside) {
      throw new AppError('invalid_request', `a form may have at most ${maxPartsBeside} parts beside the file`);
    }
    // A browser sends an input without a chosen file as an empty part with an empty name: that is no file.
    if (!isField) {
      this.part = { is: 'unnamed', headers };
      return;
    }
    if (!isOption(name)) requireNoSlip(name);
    this.part = { is: 'field', name, text: new GrowingBuffer(), charset: declaredCharset(type) };
  }

  private openFile(sentName: string, headers: PartHeaders): void {
    if (this.file) throw new AppError('too_many_files', 'a request may carry exactly one file');
    const digests = readDigestHeaders(headers);
    const all = [...digests, ...this.options.digests];
    const described = { sentName, declaredType: headers['content-type'] };
    this.file = {
      ...described,
      staging: this.options.stage(states(all, 'md5')),
      disposition: headers['content-disposition'] ?? '',
      digests,
      inPassing: new DigestsInPassing(states(all, 'sha512') ? ['sha512'] : []),
      head: this.options.judge(described),
    };
    this.part = { is: 'file', file: this.file };
  }

  private takeData(bytes: Buffer): Promise<void> | undefined {
    const { part } = this;
    switch (part.is) {
      case 'file':
        this.bytesBeside -= bytes.length;
        return takeFileBytes(part.file, bytes);
      case 'unnamed':
        this.openFile('', part.headers);
        return this.takeData(bytes);
      case 'field':
        this.fieldBytes += bytes.length;
        if (this.fieldBytes <= maxFieldBytes) part.text.append(bytes);
        else throw new AppError('invalid_request', `the text fields have more than ${maxFieldBytes} bytes`);
        return undefined;
      case 'nothing':
        return undefined;
    }
  }
}

function takeFileBytes({ head, inPassing, staging }: FormFile, bytes: Buffer): Promise<void> | undefined {
  inPassing.update(bytes);
  const judging = head?.take(bytes);
  return judging ? judging.then(() => staging.write([bytes])) : staging.write([bytes]);
}

/** What `FormData.append('metadata', new Blob([json], { type: 'application/json' }))` makes of an option: it looks like a file. */
function isJsonField(name: string, filename: string, type = ''): boolean {
  return filename === 'blob' && isOption(name) && /^application\/json\b/i.test(type);
}

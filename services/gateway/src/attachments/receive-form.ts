import type { IncomingMessage } from 'node:http';
import type { ReceivedObject } from '@wharf/object-store';
import { AppError } from '@wharf/service-kit';
import { sendContinue } from '../http/continue.js';
import { boundaryOf } from '../uploads/multipart/boundary.js';
import { type FormEvent, FormParser } from '../uploads/multipart/form-parser.js';
import { GrowingBuffer } from '../uploads/multipart/growing-buffer.js';
import { readDisposition } from '../uploads/multipart/part-disposition.js';
import type { PartHeaders } from '../uploads/multipart/part-headers.js';
import { readBody } from '../uploads/read-body.js';

/** AWS, "POST Object": all fields together, the file excluded. */
const maxFieldBytes = 20 * 1024;
const maxFields = 20;

/** Judges the fields that came before the file. */
type OpenObject = (fields: Record<string, string>) => Promise<ReceivedObject>;

/**
 * Reads a form as an S3 server does (AWS, "POST Object"): the fields first, then the file; what follows it is not looked at. What was received is
 * durable when this resolves. On any failure nothing is left. Throws what `open` and writing throw, `missing_file`, `incomplete_body`,
 * `invalid_request`.
 */
export async function receiveForm(request: IncomingMessage, open: OpenObject): Promise<{ etag: string }> {
  const form = new FieldsAndFile(boundaryOf(request.headers['content-type'] ?? ''), open);
  sendContinue(request);
  try {
    await readBody(request, (chunk) => form.take(chunk));
    return await form.finish();
  } catch (error) {
    await form.discard();
    throw error;
  }
}

type OpenPart = { is: 'field'; name: string; text: GrowingBuffer } | { is: 'file' } | { is: 'ignored' };

class FieldsAndFile {
  private readonly fields: Record<string, string> = {};
  private readonly parser: FormParser;
  private part: OpenPart = { is: 'ignored' };
  private fieldBytes = 0;
  private object: ReceivedObject | undefined;

  constructor(
    boundary: Buffer,
    private readonly open: OpenObject,
  ) {
    this.parser = new FormParser(boundary);
  }

  /** Call it again only after what it gives has resolved. */
  async take(chunk: Buffer): Promise<void> {
    for (const event of this.parser.read(chunk)) await this.takeEvent(event);
  }

  async finish(): Promise<{ etag: string }> {
    if (!this.parser.isComplete) throw new AppError('incomplete_body', 'the form ended before its last boundary');
    if (!this.object) throw new AppError('missing_file', 'the form has no file part');
    return this.object.finish();
  }

  async discard(): Promise<void> {
    await this.object?.discard();
  }

  private async takeEvent(event: FormEvent): Promise<void> {
    if (event.type === 'part') await this.openPart(event.headers);
    else if (event.type === 'data') await this.takeData(event.bytes);
    else this.endPart();
  }

  private async openPart(headers: PartHeaders): Promise<void> {
    const { filename, name = '' } = readDisposition(headers['content-disposition'] ?? '');
    if (this.object) this.part = { is: 'ignored' };
    else if (name === 'file' || filename !== undefined) {
      this.object = await this.open(this.fields);
      this.part = { is: 'file' };
    } else this.part = { is: 'field', name, text: new GrowingBuffer() };
  }

  private async takeData(bytes: Buffer): Promise<void> {
    if (this.part.is === 'file') await this.object?.write(bytes);
    if (this.part.is !== 'field') return;
    this.fieldBytes += bytes.length;
    if (this.fieldBytes > maxFieldBytes) {
      throw new AppError('invalid_request', `the fields of the form have more than ${maxFieldBytes} bytes`);
    }
    this.part.text.append(bytes);
  }

  private endPart(): void {
    if (this.part.is === 'field') {
      const { name, text } = this.part;
      if (Object.hasOwn(this.fields, name) || Object.keys(this.fields).length >= maxFields) {
        throw new AppError('invalid_request', 'the form has a field twice, or too many of them');
      }
      this.fields[name] = text.bytes.toString('utf8');
    }
    this.part = { is: 'ignored' };
  }
}

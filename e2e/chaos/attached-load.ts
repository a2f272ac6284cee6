import { setTimeout as delay } from 'node:timers/promises';
import { PresignedAttachment } from '@wharf/contracts';
import { patienceMs, retryPauseMs } from './load.ts';
import { postJson } from './uploaders.ts';

/** Of so many one is sent once more, too late. */
const lateEvery = 4;

interface AttachedUpload {
  gatewayUrls: readonly string[];
  headers: Record<string, string>;
  index: number;
  bytes: Buffer<ArrayBuffer>;
  /** Sent, and never confirmed by its client. */
  isLeft: boolean;
}

interface AttachedFile {
  uid: string;
  tries: number;
}

/**
 * Sends bytes straight to the object store by a form that one gateway gave out, and has them confirmed by the next: until that is answered. Whose
 * form was refused asks for another one. Throws when nothing is confirmed within two minutes.
 */
export async function attachUntilConfirmed(upload: AttachedUpload): Promise<AttachedFile> {
  const { gatewayUrls, index } = upload;
  const deadline = Date.now() + patienceMs;
  const client = new AttachmentSender(upload);
  if (index % lateEvery === 0)
    await new AttachmentSender(upload).sendTooLate(gatewayUrls[0] as string).catch(() => undefined);
  let tries = 1;
  let last: unknown;
  for (let requests = 0; Date.now() < deadline; requests++) {
    try {
      const uid = await client.goOn(gatewayUrls[(index + requests) % gatewayUrls.length] as string);
      if (uid) return { uid, tries };
    } catch (error) {
      last = error;
      tries++;
      await delay(retryPauseMs);
    }
  }
  throw new Error(`attachment ${index} was never confirmed: ${String(last)}`, { cause: last });
}

/** One attachment, as its client knows it. */
class AttachmentSender {
  private presigned: PresignedAttachment | undefined;
  private isSent = false;
  private readonly upload: AttachedUpload;

  constructor(upload: AttachedUpload) {
    this.upload = upload;
  }

  /** One step, of which that at a gateway is the last. Gives the uid once there is nothing more to do. Throws when it fails. */
  async goOn(gatewayUrl: string): Promise<string | undefined> {
    if (!this.presigned) {
      this.presigned = await this.presign(gatewayUrl);
      return undefined;
    }
    if (!this.isSent) await this.send(this.presigned);
    const { attachment_id: uid } = this.presigned;
    if (!this.upload.isLeft) await this.ask(gatewayUrl, 'confirm', 200, { attachment_id: uid });
    return uid;
  }

  /** Sent by a form whose attachment was deleted before: nobody but the janitor looks for its object. */
  async sendTooLate(gatewayUrl: string): Promise<void> {
    const presigned = await this.presign(gatewayUrl);
    const address = `${gatewayUrl}/api/v1/attachments/${presigned.attachment_id}`;
    const deletion = await fetch(address, {
      ...{ method: 'DELETE', headers: this.upload.headers },
      signal: AbortSignal.timeout(30_000),
    });
    // Of one that is not deleted a file would come.
    if (deletion.status === 204) await this.send(presigned);
  }

  private async presign(gatewayUrl: string): Promise<PresignedAttachment> {
    const { bytes, index } = this.upload;
    const named = { filename: `chaos-${index}.bin`, content_type: 'application/octet-stream' };
    return PresignedAttachment.parse(
      await this.ask(gatewayUrl, 'presigned', 201, { ...named, size_bytes: bytes.length }),
    );
  }

  private async send({ fields = {}, url = '' }: PresignedAttachment): Promise<void> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([this.upload.bytes]), 'file');
    const answer = await fetch(url, { method: 'POST', body: form, signal: AbortSignal.timeout(30_000) });
    await answer.body?.cancel();
    // It has expired: nothing was stored by it.
    if (answer.status === 403) this.presigned = undefined;
    if (!answer.ok) throw new Error(`the store answered ${answer.status}`);
    this.isSent = true;
  }

  private async ask(gatewayUrl: string, step: string, expected: number, body: object): Promise<unknown> {
    const answer = await postJson(`${gatewayUrl}/api/v1/attachments/${step}`, body, this.upload.headers);
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${step} was answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }
}

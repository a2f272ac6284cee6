import { faultPoint, isMissing } from '@wharf/service-kit';
import type { UploadFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { removeUpload } from './remove-upload.js';
import { restUntil } from './rest-until.js';
import { placeOf } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

const commitBytes = 64 * 1024 * 1024;

/**
 * Writes the bytes of all parts behind one another, from the offset on: whoever goes on after a death begins with what is durable. The parts stay.
 * Throws `file_not_found` where a part is no more (the upload is removed then), `upload_locked`, `unavailable`.
 */
export async function joinParts(gateway: Gateway, lease: UploadLease): Promise<void> {
  const { resumable, space: volumeSpace, volume } = gateway;
  const { entry, uid } = lease;
  const { length, offset } = entry;
  const space = await volumeSpace.reserve((length ?? 0) - offset);
  const hash = resumable.hashes.take(uid, offset);
  const file = volume.uploads.append(placeOf(uid, entry), { offset, hash, reservation: space });
  try {
    await writeParts(gateway, lease, file);
    const end = await file.flush();
    const whole = await file.close({ keepsHash: true });
    if (whole) resumable.hashes.keep(uid, { offset: end, hash: whole });
    await lease.write({ offset: end, expires_at: restUntil(gateway.config) });
  } catch (error) {
    await file.close();
    if (isMissing(error)) await removeUpload(gateway, lease);
    throw error;
  } finally {
    space.release();
  }
  resumable.metrics.count('joined');
}

async function writeParts(gateway: Gateway, lease: UploadLease, file: UploadFile): Promise<void> {
  let end = 0;
  let committed = file.position;
  for (const part of lease.entry.parts ?? []) {
    const start = end;
    end += part.length;
    if (end <= file.position) continue;
    const found = await (await gateway.resumable.leases.store()).read(part.uid);
    const place = { uid: part.uid, epoch: found?.value.staged_epoch ?? 0 };
    for await (const piece of gateway.volume.uploads.read(place, file.position - start, part.length)) {
      lease.signal.throwIfAborted();
      await file.write([piece]);
      if (file.position - committed < commitBytes) continue;
      committed = file.position;
      await lease.write({ offset: await file.sync() });
    }
    await faultPoint('gateway.part_joined');
  }
}

import { newUid } from '@wharf/test-kit';
import type { Volume } from '@wharf/volume';

export interface PlacedFile {
  uid: string;
  localPath: string;
  sizeBytes: number;
  sha256: string;
}

/** Bytes on the volume under a new uid, as the gateway leaves them right before it announces them. */
export async function placeFile(volume: Volume, bytes: Buffer): Promise<PlacedFile> {
  const uid = newUid();
  const staging = volume.stage(uid);
  await staging.write([bytes]);
  const staged = await staging.finish();
  const { sha256, sizeBytes } = staged;
  return { uid, localPath: await volume.place(staged), sizeBytes, sha256 };
}

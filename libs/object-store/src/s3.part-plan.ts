const maxParts = 10_000;
const mebibyte = 1024 * 1024;

export interface PlannedPart {
  /** Counted from 1. */
  number: number;
  start: number;
  sizeBytes: number;
}

/**
 * Parts of a multipart upload, all of one size but the last. S3 takes 10,000 parts at most ("Amazon S3 multipart upload
 * limits"): past that, parts grow beyond `partSizeBytes` in whole mebibytes.
 */
export function planParts(sizeBytes: number, partSizeBytes: number): PlannedPart[] {
  const least = Math.ceil(sizeBytes / maxParts);
  const partSize = least <= partSizeBytes ? partSizeBytes : Math.ceil(least / mebibyte) * mebibyte;
  return Array.from({ length: Math.ceil(sizeBytes / partSize) }, (_, index) => ({
    number: index + 1,
    start: index * partSize,
    sizeBytes: Math.min(partSize, sizeBytes - index * partSize),
  }));
}

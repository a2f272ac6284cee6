import type { ObjectStat } from './object-store.js';

type Identity = Pick<ObjectStat, 'sizeBytes' | 'uid' | 'sha256'>;

/** In what an object, by what the store says of it, is not the expected one; undefined where it is. */
export function differenceOf(object: Identity, expected: Identity): string | undefined {
  if (object.sizeBytes !== expected.sizeBytes) return `size is ${object.sizeBytes}, expected ${expected.sizeBytes}`;
  if (object.uid !== expected.uid) return `uid is ${object.uid ?? 'missing'}, expected ${expected.uid}`;
  if (object.sha256 !== expected.sha256) return `sha256 is ${object.sha256 ?? 'missing'}, expected ${expected.sha256}`;
  return undefined;
}

export function isSameObject(object: Identity, expected: Identity): boolean {
  return differenceOf(object, expected) === undefined;
}

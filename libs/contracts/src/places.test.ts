import { expect, test } from '@jest/globals';
import { isObjectOf, isPlaceOf, objectKeyOf, placeOf, RestorePlaces } from './index.js';

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const other = '01936f2e-8a3b-7c4d-9e5f-0123456789ac';

test('a file lies under digits of its time, its object under the last ones', () => {
  expect(placeOf(uid)).toBe(`files/f2/e8/${uid}`);
  expect(objectKeyOf(uid)).toBe(`files/89/ab/${uid}`);
});

test.each([
  [placeOf(uid), true],
  // Of the time before the folders went by time.
  [`files/89/ab/${uid}`, true],
  [placeOf(other), false],
  [`/${placeOf(uid)}`, false],
  [`./${placeOf(uid)}`, false],
  [`files/../${placeOf(uid)}`, false],
  [`../../etc/passwd/${placeOf(uid)}`, false],
  [`${placeOf(uid)}/`, false],
  [`${placeOf(uid)}\0`, false],
  [`files/zz/zz/${uid}`, false],
  [`files/${uid}`, false],
  [`incoming/${uid}.part`, false],
  [uid, false],
  ['', false],
])('%j is a place of the file: %s', (path, isOwn) => {
  expect(isPlaceOf(uid, path)).toBe(isOwn);
});

test.each([
  [`wharf/${objectKeyOf(uid)}`, true],
  [objectKeyOf(uid), true],
  [placeOf(uid), true],
  [placeOf(other), false],
  [`my.bucket-2/${objectKeyOf(uid)}`, true],
  [`wharf/${objectKeyOf(other)}`, false],
  [`wharf/${placeOf(uid)}`, false],
  [`/${objectKeyOf(uid)}`, false],
  [`wharf/sub/${objectKeyOf(uid)}`, false],
  [`../${objectKeyOf(uid)}`, false],
  [`..../${objectKeyOf(uid)}`, false],
  [`wharf//${objectKeyOf(uid)}`, false],
  [`WHARF/${objectKeyOf(uid)}`, true],
  [`wharf/${objectKeyOf(uid)}?versionId=1`, false],
  [`wharf/${uid}`, false],
  ['', false],
])('%j is the object of the file: %s', (path, isOwn) => {
  expect(isObjectOf(uid, path)).toBe(isOwn);
});

test.each([
  [{}, true],
  [{ local_path: placeOf(other) }, false],
  [{ cloud_path: `wharf/${objectKeyOf(other)}` }, false],
  [{ local_path: null, cloud_path: null }, true],
])('an undone repair gives back places of the file alone: %j', (changes, isOwn) => {
  const times = { synced_at: null, archived_at: null, sync_error: null };
  const places = { status: 'synced', local_path: placeOf(uid), cloud_path: objectKeyOf(uid), ...times, ...changes };
  expect(RestorePlaces.request.safeParse({ uid, places }).success).toBe(isOwn);
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { AppError } from '@wharf/service-kit';
import { QuotaReservation } from './quota-reservation.js';

const mebibyte = 1024 * 1024;
const quotaExceeded = { code: 'quota_exceeded' };

/** Metadata with so many bytes left, which notes what it is asked for. */
function quotasOf(leftBytes: number) {
  return {
    left: leftBytes,
    held: 0,
    asked: [] as [bytes: number, leastBytes: number][],
    released: 0,
    dropped: 0,
    isRecorded: false,
    failure: undefined as AppError | undefined,
    async reserve(_: unknown, { bytes, leastBytes }: { bytes: number; leastBytes: number }) {
      this.asked.push([bytes, leastBytes]);
      if (this.failure) throw this.failure;
      if (this.isRecorded) return { bytes: 0, is_recorded: true, lease_ms: 1000 };
      if (leastBytes > this.left) throw new AppError('quota_exceeded', 'no');
      this.held = Math.max(this.held, Math.min(bytes, this.left));
      return { bytes: this.held, is_recorded: false, lease_ms: 1000 };
    },
    drop() {
      this.dropped++;
    },
    async release() {
      this.released++;
    },
  };
}

const owner = { ownerId: 'ann', limits: { max_bytes: 1, max_files: null, max_uploads: null } };
const stated = (certainBytes: number) => ({ certainBytes, isStated: true });
const unknown = { certainBytes: 0, isStated: false };
const reservationAt = (quotas: ReturnType<typeof quotasOf>) => new QuotaReservation(quotas, owner, 'uid');

test('a stated length is one request', async () => {
  const quotas = quotasOf(100 * mebibyte);
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(20 * mebibyte));
  for (let count = 0; count < 20; count++) await reservation.reserve(mebibyte);
  expect(quotas.asked).toEqual([[20 * mebibyte, 20 * mebibyte]]);
});

test('of a form, nothing is reserved ahead of what the file needs in the end', async () => {
  const quotas = quotasOf(10 * mebibyte);
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(3 * mebibyte - 4000));
  for (let count = 0; count < 3; count++) await reservation.reserve(mebibyte);
  expect(quotas.asked).toEqual([
    [3 * mebibyte - 4000, 3 * mebibyte - 4000],
    [3 * mebibyte, 3 * mebibyte],
  ]);
});

test('an upload that is left while it asks is renewed no more', async () => {
  const quotas = quotasOf(10);
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(5));
  const order: string[] = [];
  const { reserve } = quotas;
  quotas.reserve = async function (...request) {
    const given = await reserve.apply(this, request);
    order.push('held');
    return given;
  };
  quotas.drop = () => void order.push('dropped');
  reservation.onLost();
  reservation.leave();
  await nextTurn();
  expect(order).toEqual(['held', 'dropped']);
});

test('an unknown length is reserved as it arrives, in steps that grow with it, up to the last byte that is left', async () => {
  const quotas = quotasOf(50 * mebibyte);
  const reservation = reservationAt(quotas);
  await reservation.begin(unknown);
  for (let count = 0; count < 50; count++) await reservation.reserve(mebibyte);
  expect(quotas.asked.map(([bytes]) => bytes / mebibyte)).toEqual([0, 1, 3, 7, 15, 31, 48, 65]);
  await expect(reservation.reserve(1)).rejects.toMatchObject(quotaExceeded);
});

test('pieces that are under way together are counted one after the other', async () => {
  const quotas = quotasOf(3 * mebibyte);
  const reservation = reservationAt(quotas);
  await reservation.begin(unknown);
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => reservation.reserve(mebibyte)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
});

test('what was refused is not released, and what may have been reserved is', async () => {
  const refused = quotasOf(0);
  await expect(reservationAt(refused).begin(stated(1))).rejects.toMatchObject(quotaExceeded);
  const reservation = reservationAt(refused);
  await reservation.begin(stated(1)).catch(() => undefined);
  await reservation.release();
  expect(refused.released).toBe(0);

  const silent = Object.assign(quotasOf(1), { failure: new AppError('unavailable', 'late') });
  const unsure = reservationAt(silent);
  await expect(unsure.begin(stated(1))).rejects.toMatchObject({ code: 'unavailable' });
  await unsure.release();
  expect(silent.released).toBe(1);

  const running = quotasOf(10);
  const full = reservationAt(running);
  await full.begin(stated(10));
  await expect(full.reserve(11)).rejects.toMatchObject(quotaExceeded);
  await full.release();
  expect(running.released).toBe(1);
});

test('what was lost is asked for again; the upload ends where nothing is left of it', async () => {
  const quotas = quotasOf(10);
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(10));
  reservation.onLost();
  await reservation.reserve(5);
  expect(quotas.asked).toHaveLength(2);
  quotas.left = 0;
  reservation.onLost();
  await expect(reservation.reserve(5)).rejects.toMatchObject(quotaExceeded);
});

test('while metadata is away, what was lost ends nothing', async () => {
  const quotas = quotasOf(10);
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(10));
  quotas.failure = new AppError('unavailable', 'away');
  reservation.onLost();
  await reservation.reserve(5);
  await reservation.reserve(5);
});

test('an upload that is over asks for nothing again', async () => {
  const quotas = quotasOf(10);
  const [released, stored, recorded] = [1, 2, 3].map(() => reservationAt(quotas)) as [
    QuotaReservation,
    QuotaReservation,
    QuotaReservation,
  ];
  for (const each of [released, stored, recorded]) await each.begin(stated(1));
  const releasing = released.release();
  released.onLost();
  await releasing;
  stored.finish({ isRecorded: false });
  stored.onLost();
  recorded.finish({ isRecorded: true });
  recorded.onLost();
  await nextTurn();
  expect(quotas.asked).toHaveLength(3);
  // The first is dropped by whoever releases it.
  expect(quotas.dropped).toBe(4);
});

test('where only files or uploads are limited, bytes are not asked for as they arrive', async () => {
  const quotas = quotasOf(0);
  const files = { ownerId: 'ann', limits: { max_bytes: null, max_files: 3, max_uploads: null } };
  const reservation = new QuotaReservation(quotas, files, 'uid');
  await reservation.begin(unknown);
  await reservation.reserve(mebibyte);
  expect(quotas.asked).toEqual([[0, 0]]);
});

test('an attempt whose file is recorded already takes nothing more', async () => {
  const quotas = Object.assign(quotasOf(0), { isRecorded: true });
  const reservation = reservationAt(quotas);
  await reservation.begin(stated(10));
  await reservation.reserve(10);
  expect(quotas.asked).toHaveLength(1);
});

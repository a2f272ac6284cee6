import { expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { pageSize, RecordWindow } from './record-window.ts';

const total = 5000;
const recordAt = (index: number) => ({ uid: `uid ${index}` }) as FileRecord;

/** A list of so many records, whose cursors are where the next page begins. */
function listOf(count: number) {
  const asked: number[] = [];
  const page = async ({ cursor = null }: { cursor?: string | null }) => {
    const begin = Number(cursor ?? 0);
    asked.push(begin);
    const end = Math.min(count, begin + pageSize);
    const items = Array.from({ length: end - begin }, (_, index) => recordAt(begin + index));
    return { items, nextCursor: end === count ? null : String(end) };
  };
  return { list: { page }, asked };
}

test('a list grows as it is scrolled, and what lies far away is forgotten and read again', async () => {
  const { asked, list } = listOf(total);
  const shown = new RecordWindow(list);
  await shown.restart();
  expect([shown.count, shown.isComplete, shown.at(0)?.uid]).toEqual([pageSize, false, 'uid 0']);
  while (!shown.isComplete) await shown.show(shown.count - 20, shown.count);
  expect(shown.count).toBe(total);
  expect(shown.at(total - 1)?.uid).toBe(`uid ${total - 1}`);
  expect(shown.at(0)).toBeUndefined();
  expect(shown.records().length).toBeLessThan(10 * pageSize);

  asked.length = 0;
  await shown.show(0, 20);
  expect(asked).toEqual([0]);
  expect([shown.at(7)?.uid, shown.count]).toEqual(['uid 7', total]);
});

test('a record that is gone moves those behind it', async () => {
  const shown = new RecordWindow(listOf(450).list);
  await shown.restart();
  await shown.show(0, 201);
  shown.replace('uid 3', null);
  expect([shown.at(3)?.uid, shown.at(199)?.uid, shown.count]).toEqual(['uid 4', 'uid 200', 399]);
});

test('an answer of the list before is dropped, and an error is told until the next answer', async () => {
  const { list } = listOf(10);
  let release: (() => void) | undefined;
  const shown = new RecordWindow({
    async page(options = {}) {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return list.page(options);
    },
  });
  const slow = shown.restart();
  await shown.restart({
    async page() {
      throw new Error('away');
    },
  });
  expect(shown.error.value).toEqual(new Error('away'));
  release?.();
  await slow;
  expect(shown.count).toBe(0);
  await shown.restart(list);
  expect([shown.error.value, shown.count]).toEqual([undefined, 10]);
});

/**
 * Runs `work` for every item, at most `width` at a time, taking the next item only when one is done: memory stays flat
 * however many there are. The first failure ends it: running work is awaited, nothing new begins, the failure is thrown.
 */
export async function forEachConcurrently<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  // All lanes draw from the same generator; a lane that fails closes it, which ends the others after their item.
  const left = each(items);
  const lane = async () => {
    for await (const item of left) await work(item);
  };
  const lanes = await Promise.allSettled(Array.from({ length: width }, lane));
  const failed = lanes.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function* each<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}

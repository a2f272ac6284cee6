import { download } from './download.ts';
import type { Order, WorkDone } from './orders.ts';
import { upload } from './upload.ts';

/** The client's own process: takes orders, one at a time, and answers each with what was done or with what was wrong. */
process.on('message', async (order: Order) => {
  try {
    const done: WorkDone = await (order.kind === 'upload' ? upload(order) : download(order));
    process.send?.({ done });
  } catch (error) {
    process.send?.({ failure: (error as Error).stack ?? String(error) });
  }
});
process.on('disconnect', () => process.exit(0));

import { ask } from './ask.ts';
import { attach } from './attach.ts';
import { download } from './download.ts';
import type { Order, WorkDone } from './orders.ts';
import { resume } from './resume.ts';
import { upload } from './upload.ts';

/** The client's own process: takes orders, one at a time, and answers each with what was done or with what was wrong. */
process.on('message', (order: Order) => void carryOutAndReport(order));

async function carryOutAndReport(order: Order): Promise<void> {
  try {
    process.send?.({ done: await carryOut(order) });
  } catch (error) {
    process.send?.({ failure: (error as Error).stack ?? String(error) });
  }
}

function carryOut(order: Order): Promise<WorkDone> {
  switch (order.kind) {
    case 'upload':
      return upload(order);
    case 'resumable':
      return resume(order);
    case 'attach':
      return attach(order);
    case 'download':
      return download(order);
    case 'ask':
      return ask(order);
  }
}

process.on('disconnect', () => process.exit(0));

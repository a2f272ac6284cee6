import { type Exchange, runLanes } from './lanes.ts';
import type { AskOrder, WorkDone } from './orders.ts';

/** Requests without a body whose answers matter by their status alone. */
export async function ask(order: AskOrder): Promise<WorkDone> {
  const requests = order.paths.map((path) =>
    Buffer.from(`${order.method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
  );
  return runLanes(order, async (connection, index): Promise<Exchange> => {
    const answer = await connection.exchange([requests[index % requests.length] as Buffer]);
    if (answer.status !== order.status) throw new Error(`answered ${answer.head}: ${answer.body.subarray(0, 300)}`);
    return { status: answer.status, bytes: answer.bodyBytes };
  });
}

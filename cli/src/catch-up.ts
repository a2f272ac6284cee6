import {
  type EventOf,
  FileDeleted,
  FilesStream,
  isReplayed,
  ReplayEvent,
  type ReplayedEvent,
  type ReplayOutcome,
  type RpcRequest,
} from '@wharf/contracts';
import { type Bus, callRpc, type KeptMessage, readEvent, readStream } from '@wharf/messaging';
import { AppError, hasCode, retry } from '@wharf/service-kit';

export interface CatchUpOptions {
  since: Date;
  until?: Date;
  subject?: string;
}

export interface ReplayTally {
  outcomes: Record<string, number>;
  /** Messages that are no event, or that metadata refused, and why. */
  invalid: string[];
}

/** Where in the stream a file ends, and how. */
interface Ending {
  sequence: number;
  reason: EventOf<typeof FileDeleted>['data']['reason'];
  deleted_at: string;
}

const batchSize = 200;
const width = 8;
const tries = 5;

/**
 * Asks metadata to learn every event, the events of a file one after another in the order of the stream, different files
 * side by side. Deletions are looked up first, to the end of the stream: a file that is deleted later is never readable
 * meanwhile, also where its deletion is not among what is replayed.
 * Throws `unavailable`, with the time to begin again at, when metadata or NATS stays away.
 */
export async function catchUp(
  bus: Bus,
  options: CatchUpOptions,
  onEvent: (storedAt: string) => void,
): Promise<ReplayTally> {
  const { since, subject, until } = options;
  const endings = await findEndings(bus, since);
  const tally: ReplayTally = { outcomes: {}, invalid: [] };
  let batch: KeptMessage[] = [];
  const flush = async () => {
    await replayBatch(bus, batch, endings, tally, onEvent);
    batch = [];
  };
  for await (const message of readStream(bus, FilesStream.name, { since, ...(subject && { subject }) })) {
    if (until && new Date(message.storedAt) > until) break;
    if (!isReplayed(message.subject)) continue;
    batch.push(message);
    if (batch.length === batchSize) await flush();
  }
  await flush();
  return tally;
}

async function findEndings(bus: Bus, since: Date): Promise<Map<string, Ending>> {
  const endings = new Map<string, Ending>();
  for await (const message of readStream(bus, FilesStream.name, { since, subject: FileDeleted.type })) {
    const event = tryRead(message);
    if (typeof event === 'string') continue;
    const { deleted_at, reason, uid } = (event as EventOf<typeof FileDeleted>).data;
    // A deletion may be announced again later.
    if (!endings.has(uid)) endings.set(uid, { sequence: message.sequence, reason, deleted_at });
  }
  return endings;
}

async function replayBatch(
  bus: Bus,
  batch: readonly KeptMessage[],
  endings: ReadonlyMap<string, Ending>,
  tally: ReplayTally,
  onEvent: (storedAt: string) => void,
): Promise<void> {
  const lanes: KeptMessage[][] = Array.from({ length: width }, () => []);
  const laneOfFile = new Map<string, number>();
  const events = new Map<KeptMessage, ReplayedEvent>();
  for (const message of batch) {
    const event = tryRead(message);
    if (typeof event === 'string') {
      tally.invalid.push(`FILES ${message.sequence}: ${event}`);
      continue;
    }
    events.set(message, event);
    const { uid } = event.data;
    const lane = laneOfFile.get(uid) ?? laneOfFile.size % width;
    laneOfFile.set(uid, lane);
    lanes[lane]?.push(message);
  }
  const runLane = async (lane: KeptMessage[]) => {
    for (const message of lane) {
      const event = events.get(message) as ReplayedEvent;
      await replayMessage(bus, message, event, endings.get(event.data.uid), tally);
      onEvent(message.storedAt);
    }
  };
  const [first] = batch;
  try {
    await Promise.all(lanes.map(runLane));
  } catch (error) {
    if (!hasCode(error, 'unavailable') || !first) throw error;
    const hint = `begin again with --since ${first.storedAt}`;
    throw new AppError('unavailable', `${error.message}; ${hint}`, { cause: error });
  }
}

async function replayMessage(
  bus: Bus,
  message: KeptMessage,
  event: ReplayedEvent,
  ending: Ending | undefined,
  tally: ReplayTally,
): Promise<void> {
  // What came after the end of a file changed nothing then either.
  const isOver = ending !== undefined && message.sequence > ending.sequence;
  const deletion = ending ? { reason: ending.reason, deleted_at: ending.deleted_at } : null;
  try {
    const outcome: ReplayOutcome = isOver ? 'unchanged' : await ask(bus, { event, deletion });
    tally.outcomes[outcome] = (tally.outcomes[outcome] ?? 0) + 1;
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    tally.invalid.push(`FILES ${message.sequence}: ${error.message}`);
  }
}

/** A replica that restarts, or a database under load, ends no long replay. */
async function ask(bus: Bus, request: RpcRequest<typeof ReplayEvent>): Promise<ReplayOutcome> {
  const { outcome } = await retry(() => callRpc(bus, ReplayEvent, request), {
    pauseMs: (failures) => (failures < tries ? 1000 * failures : undefined),
    isRetriable: (error) => hasCode(error, 'unavailable'),
  });
  return outcome;
}

/** The event, or why it is none. */
function tryRead(message: KeptMessage): ReplayedEvent | string {
  try {
    return readEvent(message.subject, message.data) as ReplayedEvent;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

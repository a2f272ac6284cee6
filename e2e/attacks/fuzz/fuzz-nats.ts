import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  FileDeleted,
  FileStored,
  FilesStream,
  findEvent,
  GetFile,
  Header,
  RpcEnvelope,
  rpcs,
  serviceCaller,
} from '@wharf/contracts';
import { listDeadLetters } from '@wharf/messaging';
import { eventually, newUid, testBus } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import fc from 'fast-check';
import { connect, headers, type NatsConnection } from 'nats';
import { clientOptions } from '../../../scripts/servers/test-nats.ts';
import type { Attack, Target } from '../attack.ts';
import { inLanes } from '../exchange.ts';
import { Faults } from '../faults.ts';
import { mutatedJsonBytes } from './mutated-json.ts';
import { envelopeOf, storedData, validEvents, validRequests } from './valid-messages.ts';

const counts = { full: 2000, short: 200 };
const width = 8;
const validEvery = 20;
const patienceMs = { full: 60_000, short: 20_000 };
const hostileSubject = 'hostile.inbox';

/** A message of the fuzzer, on the subject of an event or of a request. */
interface Message {
  kind: 'event' | 'request';
  subject: string;
  payload: Buffer;
  /** What the sender would have answered or confirmed to, in place of an inbox of its own. */
  hostileReply: string | undefined;
}

export const fuzzNats: Attack = {
  name: 'fuzz-nats',
  holds:
    'valid events are recorded, others become dead letters with a reason, requests are answered by a code, and nothing goes where it should not',
  seconds: { full: 300, short: 90 },
  async run(target, signal) {
    const faults = new Faults();
    // Of those who ask, a gateway alone is answered by every service.
    const connection = await connect({ ...clientOptions(target.natsUrl), inboxPrefix: '_INBOX.gateway' });
    const canary = await Canary.place(target.volumeDir);
    connection.subscribe(hostileSubject, {
      callback: (_error, message) => {
        // A confirmation names its file alone.
        const isConfirmation = /^\{"uid":"[^"]*"\}$/.test(message.string());
        faults.add(`${isConfirmation ? 'a confirmation' : 'an answer'} was published to a hostile subject`);
      },
    });
    await connection.flush();
    try {
      const sender = new Sender(connection, target, faults);
      const messages = fc.sample(hostileMessages(), {
        seed: target.seed,
        numRuns: counts[target.isShort ? 'short' : 'full'],
      });
      await sender.sendOversized(target.isShort ? 3 : 20);
      await sender.sendTraversals(canary);
      await inLanes(width, signal, (index) => sender.send(messages[index] as Message, index), messages.length);
      if (signal.aborted) faults.add('not all messages were answered in time');
      await sender.judge(signal);
      for (const fault of await canary.faults(target.storeDir)) faults.add(fault);
    } finally {
      await canary.remove();
      await connection.close();
    }
    return faults.list();
  },
};

function hostileMessages(): fc.Arbitrary<Message> {
  const uid = newUid();
  const requests = validRequests(uid);
  const ofEvents = validEvents(uid).map(([type, data]) => {
    const mutatedData = mutatedJsonBytes(data).map((bytes) => inEnvelope(type, bytes, uid));
    const payload = fc.oneof(mutatedData, mutatedJsonBytes(envelopeOf(type, data, uid)));
    return fc.record({
      kind: fc.constant('event' as const),
      subject: fc.constant(type),
      payload,
      hostileReply: misleading,
    });
  });
  const ofRequests = rpcs.map(({ subject }) => {
    const valid = requests[subject];
    if (valid === undefined) throw new Error(`no valid request ${subject} is known here`);
    const payload = fc.oneof(mutatedJsonBytes(valid), fc.constant(Buffer.from(JSON.stringify(valid))));
    return fc.record({
      kind: fc.constant('request' as const),
      subject: fc.constant(subject),
      payload,
      hostileReply: misleading,
    });
  });
  return fc.oneof(fc.oneof(...ofEvents), fc.oneof(...ofRequests));
}

const misleading = fc.option(fc.constant(hostileSubject), { nil: undefined, freq: 4 });

/** The data may be no JSON: then neither is the event. */
function inEnvelope(type: string, data: Buffer, uid: string): Buffer {
  const [before = '', after = ''] = JSON.stringify(envelopeOf(type, 'here', uid)).split('"here"');
  return Buffer.concat([Buffer.from(before), data, Buffer.from(after)]);
}

class Sender {
  private readonly connection: NatsConnection;
  private readonly target: Target;
  private readonly faults: Faults;
  /** Files whose valid events were sent in between. */
  private readonly announced: string[] = [];
  /** Events that no schema takes, by their place in the stream. */
  private readonly refused = new Map<number, string>();

  constructor(connection: NatsConnection, target: Target, faults: Faults) {
    this.connection = connection;
    this.target = target;
    this.faults = faults;
  }

  private get patienceMs(): number {
    return patienceMs[this.target.isShort ? 'short' : 'full'];
  }

  async send(message: Message, index: number): Promise<void> {
    if (index % validEvery === 0) await this.announceFile();
    if (message.kind === 'event') await this.publish(message);
    else if (message.hostileReply)
      this.connection.publish(message.subject, message.payload, { reply: message.hostileReply });
    else await this.request(message);
  }

  /** As large as NATS takes, and nothing that can be read: there is no room for what a dead letter adds. */
  async sendOversized(count: number): Promise<void> {
    const size = this.connection.info?.max_payload ?? 1024 * 1024;
    for (let index = 0; index < count; index++) {
      const payload = Buffer.alloc(size - 200 * (index % 3), index % 2 === 0 ? 'x' : '"');
      await this.publish({ kind: 'event', subject: FileStored.type, payload, hostileReply: undefined });
    }
  }

  /** Events that are true in all but the place of the file, and then its end. */
  async sendTraversals(canary: Canary): Promise<void> {
    for (const localPath of [canary.traversal, canary.file, `files/../${canary.traversal}`, `./${canary.traversal}`]) {
      const uid = newUid();
      const stored = envelopeOf(FileStored.type, storedData(uid, canary.bytes, localPath), uid);
      const deleted = envelopeOf(FileDeleted.type, { uid, reason: 'user', deleted_at: new Date().toISOString() }, uid);
      for (const event of [stored, deleted]) {
        const payload = Buffer.from(JSON.stringify(event));
        await this.publish({ kind: 'event', subject: event.type, payload, hostileReply: undefined });
      }
    }
  }

  async judge(signal: AbortSignal): Promise<void> {
    await this.expectRecords();
    if (!signal.aborted) await this.expectDeadLetters();
  }

  private async publish({ hostileReply, payload, subject }: Message): Promise<void> {
    const sent = headers();
    if (hostileReply) sent.set(Header.confirmTo, hostileReply);
    try {
      const jetstream = this.connection.jetstream({ timeout: 10_000 });
      const { seq } = await jetstream.publish(subject, payload, hostileReply ? { headers: sent } : {});
      if (!isValid(subject, payload)) this.refused.set(seq, subject);
    } catch (error) {
      this.faults.add(`JetStream does not take ${subject}: ${(error as Error).message}`, textOf(payload));
    }
  }

  private async request({ payload, subject }: Message): Promise<void> {
    try {
      const reply = await this.connection.request(subject, payload, { timeout: 10_000 });
      const envelope = RpcEnvelope.parse(reply.json());
      if ('error' in envelope && envelope.error.code === 'internal') {
        this.faults.add(`${subject} was answered internal: ${envelope.error.message}`, textOf(payload));
      }
    } catch (error) {
      this.faults.add(`${subject} was not answered: ${(error as Error).message}`, textOf(payload));
    }
  }

  private async announceFile(): Promise<void> {
    const uid = newUid();
    const bytes = randomBytes(100);
    const place = path.join(this.target.volumeDir, layout.file(uid));
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, bytes);
    const event = envelopeOf(FileStored.type, storedData(uid, bytes), uid);
    await this.connection.jetstream({ timeout: 10_000 }).publish(FileStored.type, JSON.stringify(event));
    this.announced.push(uid);
  }

  private async expectRecords(): Promise<void> {
    const missing = new Set(this.announced);
    const look = async () => {
      for (const uid of missing) {
        const question = JSON.stringify({ uid, caller: serviceCaller });
        const reply = await this.connection.request(GetFile.subject, question, { timeout: 10_000 });
        if ('ok' in RpcEnvelope.parse(reply.json())) missing.delete(uid);
      }
      if (missing.size > 0)
        throw new Error(`${missing.size} of ${this.announced.length} valid events are not recorded`);
    };
    await eventually(look, { timeoutMs: this.patienceMs, everyMs: 500 }).catch((error: Error) =>
      this.faults.add(error.message),
    );
  }

  private async expectDeadLetters(): Promise<void> {
    const manager = await this.connection.jetstreamManager();
    const consumed = new Set<string | undefined>();
    for await (const { config } of manager.consumers.list(FilesStream.name)) consumed.add(config.filter_subject);
    const awaited = new Map([...this.refused].filter(([, subject]) => consumed.has(subject)));
    const bus = testBus(this.target.natsUrl);
    await bus.connected();
    const look = async () => {
      for await (const { origin, reason } of listDeadLetters(bus)) {
        if (origin.stream === FilesStream.name && reason !== '') awaited.delete(origin.sequence);
      }
      if (awaited.size === 0) return;
      const subjects = [...new Set(awaited.values())].join(', ');
      throw new Error(`${awaited.size} of ${this.refused.size} refused messages are no dead letters: ${subjects}`);
    };
    await eventually(look, { timeoutMs: this.patienceMs, everyMs: 1000 }).catch((error: Error) =>
      this.faults.add(error.message),
    );
    await bus.drain();
  }
}

function isValid(type: string, payload: Buffer): boolean {
  try {
    return findEvent(type)?.envelope.safeParse(JSON.parse(new TextDecoder().decode(payload))).success ?? false;
  } catch {
    return false;
  }
}

function textOf(payload: Buffer): string {
  return JSON.stringify(payload.subarray(0, 600).toString('latin1'));
}

/** A file beside the volume, which nothing of Wharf may read, copy or remove. */
class Canary {
  readonly bytes: Buffer;
  readonly file: string;
  /** Its path from the root of the volume. */
  readonly traversal: string;
  private readonly folder: string;

  private constructor(volumeDir: string) {
    this.folder = path.join(path.dirname(volumeDir), `canary-${randomBytes(8).toString('hex')}`);
    this.file = path.join(this.folder, 'secret');
    this.traversal = path.relative(volumeDir, this.file);
    this.bytes = Buffer.from(`secret ${randomBytes(16).toString('hex')}`);
  }

  static async place(volumeDir: string): Promise<Canary> {
    const canary = new Canary(volumeDir);
    await mkdir(canary.folder);
    await writeFile(canary.file, canary.bytes);
    return canary;
  }

  async faults(storeDir: string): Promise<string[]> {
    const faults: string[] = [];
    const kept = await readFile(this.file).catch(() => undefined);
    if (!kept?.equals(this.bytes)) faults.push('a file outside of the volume was changed or removed');
    if ((await readdir(this.folder)).length !== 1) faults.push('something was put outside of the volume');
    if (await isIn(storeDir, this.bytes)) faults.push('a file outside of the volume was copied to the object store');
    return faults;
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

async function isIn(folder: string, bytes: Buffer): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const content = await readFile(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    if (content?.equals(bytes)) return true;
  }
  return false;
}

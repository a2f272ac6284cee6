import { randomBytes } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { DeadLettersStream, events, FileStored, FilesStream, JanitorStream, rpcs, streams } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { eventually, streamMessages, testBus } from '@wharf/test-kit';
import { type ConsumerMessages, connect } from 'nats';
import { clientOptions } from '../scripts/servers/test-nats.ts';
import { BusClient } from './bus-client.ts';
import { type Client, clientOf, uploaded } from './client.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

jest.setTimeout(120_000);

const integrator = 'integrator';

let wharf: Wharf;
let client: Client;
let observer: Bus;
const opened: BusClient[] = [];

beforeAll(async () => {
  wharf = await openWharf({ NATS_INTEGRATORS: `${integrator}=${FileStored.type}` });
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  observer = testBus(wharf.natsUrl);
  await observer.connected();
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

afterAll(async () => {
  await observer.drain();
  await wharf.close();
});

async function clientAs(user: string): Promise<BusClient> {
  const opening = await BusClient.open(wharf.natsUrl, user);
  opened.push(opening);
  return opening;
}

async function upload(): Promise<string> {
  return (await uploaded(client.uploadForm(randomBytes(100), 'a.bin'))).uid;
}

describe('a stranger', () => {
  test.each([
    ['without credentials', {}],
    ['with a wrong password', { user: 'gateway', pass: 'wrong' }],
    ['with the password of another user', { user: 'gateway', pass: 'janitorpassword' }],
    ['of no user', { user: 'nobody', pass: 'gatewaypassword' }],
    ['with a token', { token: 'gatewaypassword' }],
  ])('%s does not get in', async (_, credentials) => {
    const { servers } = clientOptions(wharf.natsUrl);
    const options = { servers, ...credentials, reconnect: false };
    await expect(connect(options)).rejects.toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
  });

  test('who does not wait to be let in has asked nothing, announced nothing and hears nothing', async () => {
    const { hostname, port } = new URL(wharf.natsUrl);
    const socket = connectSocket(Number(port), hostname);
    const commands = ['CONNECT {"verbose":false}', 'SUB > 1', 'SUB _INBOX.> 2', 'PUB file.stored 1', 'x', 'PING', ''];
    socket.write(commands.join('\r\n'));
    await upload();
    let heard = '';
    for await (const chunk of socket) heard += chunk;
    expect(heard).toMatch(/^INFO [^\r]*\r\n-ERR 'Authorization Violation'\r\n$/);
    const stored = await streamMessages(observer, FilesStream.name, FileStored.type);
    expect(stored.filter(({ text }) => text === 'x')).toEqual([]);
  });
});

describe('an integrator', () => {
  test.each([
    'file.stored',
    'file.deleted',
    'janitor.sweep.completed',
    'access.key_revoked',
    'metadata.files.get',
    'metadata.files.delete',
    'metadata.upkeep.list_records',
    'accounts.log_in',
    'accounts.users.update',
    'gateway.records.forgotten',
    'dead.metadata.file.stored',
    'redeliver.metadata.file.stored',
    '_INBOX.gateway.x',
    '_INBOX.integrator.x',
    '$KV.wharf_idempotency.key',
    '$KV.wharf_leases.sweep',
    '$JS.API.STREAM.LIST',
    '$JS.API.STREAM.INFO.KV_wharf_idempotency',
    '$JS.API.STREAM.MSG.GET.KV_wharf_idempotency',
    '$JS.API.DIRECT.GET.FILES',
    '$JS.API.STREAM.CREATE.OTHER',
    '$JS.API.STREAM.UPDATE.FILES',
    '$JS.API.STREAM.DELETE.FILES',
    '$JS.API.STREAM.PURGE.FILES',
    '$JS.API.STREAM.MSG.DELETE.FILES',
    '$JS.API.STREAM.SNAPSHOT.FILES',
    '$JS.API.CONSUMER.LIST.FILES',
    '$JS.API.CONSUMER.CREATE.FILES',
    '$JS.API.CONSUMER.CREATE.FILES.integrator-file_stored.file.stored',
    '$JS.API.CONSUMER.CREATE.FILES.others.file.stored',
    '$JS.API.CONSUMER.DURABLE.CREATE.FILES.integrator-other',
    '$JS.API.CONSUMER.DELETE.FILES.integrator-file_stored',
    '$JS.API.CONSUMER.DELETE.FILES.cloud-sync-file_stored',
    '$JS.API.CONSUMER.INFO.FILES.cloud-sync-file_stored',
    '$JS.API.CONSUMER.MSG.NEXT.FILES.cloud-sync-file_stored',
    '$JS.ACK.FILES.cloud-sync-file_stored.1.1.1.1.1',
    '$SYS.REQ.SERVER.PING',
  ])('may not publish on %s', async (subject) => {
    expect(await (await clientAs(integrator)).mayPublish(subject)).toBe(false);
  });

  test.each([
    '>',
    '*',
    '*.>',
    '*.*',
    '*.stored',
    '*.gateway.>',
    '_INBOX.>',
    '_INBOX.*.*',
    '_INBOX.gateway.>',
    '_INBOX.metadata.>',
    '_INBOX.wharf.>',
    'metadata.>',
    'accounts.>',
    'access.>',
    'dead.>',
    'redeliver.>',
    'gateway.records.forgotten',
    '$KV.>',
    '$JS.>',
    '$SYS.>',
  ])('may not hear %s', async (subject) => {
    expect(await (await clientAs(integrator)).mayHear(subject)).toBe(false);
  });

  test.each(events.map(({ type }) => type))('may not announce %s', async (type) => {
    expect(await (await clientAs(integrator)).mayPublish(type)).toBe(false);
  });

  test.each(rpcs.map(({ subject }) => subject))('may not call %s', async (subject) => {
    expect(await (await clientAs(integrator)).mayPublish(subject)).toBe(false);
  });

  test('takes nothing away: streams, what they hold, and consumers are as they were', async () => {
    await upload();
    const user = await clientAs(integrator);
    const before = await inventory();
    expect(before.map(({ name }) => name)).toEqual(expect.arrayContaining(streams.map(({ name }) => name)));
    const permitted: string[] = [];
    for (const { consumers, name } of before) {
      const requests = ['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.UPDATE'].map((verb) => `${verb}.${name}`);
      const removals = consumers.map((consumer) => `CONSUMER.DELETE.${name}.${consumer}`);
      for (const request of [...requests, ...removals]) {
        if (await user.mayPublish(`$JS.API.${request}`)) permitted.push(request);
      }
      if (await user.mayPublish(`$JS.API.STREAM.MSG.DELETE.${name}`, '{"seq":1}'))
        permitted.push(`a message of ${name}`);
    }
    expect(permitted).toEqual([]);
    expect(await inventory()).toEqual(before);
  });

  async function inventory() {
    const manager = await observer.jetstreamManager();
    const found = await Promise.all(
      (await manager.streams.list().next()).map(async ({ config, state }) => ({
        name: config.name,
        config,
        // A bucket forgets what a key was before.
        deleted: config.name.startsWith('KV_') ? undefined : [state.first_seq, state.num_deleted ?? 0],
        consumers: (await manager.consumers.list(config.name).next()).map(({ name }) => name).sort(),
      })),
    );
    return found.sort((one, other) => one.name.localeCompare(other.name));
  }

  test('reads events by its durable consumer, acknowledges them, and goes on where it was', async () => {
    const [first, second] = [await upload(), await upload()];
    // Behind what other tests have uploaded.
    await consume(await clientAs(integrator), (heard) => heard.includes(first) && heard.includes(second));
    const third = await upload();
    expect(await consume(await clientAs(integrator), (heard) => heard.length === 1)).toEqual([third]);
    const { connection } = await clientAs(integrator);
    const consumer = await connection.jetstream().consumers.get('FILES', 'integrator-file_stored');
    await eventually(async () => {
      expect(await consumer.info()).toMatchObject({ num_pending: 0, num_ack_pending: 0 });
    });
  });

  test('hears events as they are published', async () => {
    const { connection } = await clientAs(integrator);
    const heard: string[] = [];
    connection.subscribe('file.>', { callback: (_error, { subject }) => heard.push(subject) });
    await connection.flush();
    await upload();
    await eventually(() => expect(heard).toContain(FileStored.type));
  });

  // Whoever pulls says where to deliver, and no permission is asked for that: but it is in an account of its own.
  test.each(['file.deleted', 'janitor.forged', 'dead.metadata.file.stored', '$JS.API.STREAM.PURGE.JANITOR'])(
    'has nothing delivered to %s of Wharf',
    async (subject) => {
      const { connection } = await clientAs(integrator);
      await upload();
      const messagesOf = async (stream: string) => {
        const found = await streamMessages(observer, stream);
        return found.map((message) => message.subject);
      };
      const pull = '$JS.API.CONSUMER.MSG.NEXT.FILES.integrator-file_stored';
      for (const request of ['{"batch":1,"no_wait":true}', '{"batch":']) {
        connection.publish(pull, request, { reply: subject });
      }
      // Asked behind it, and answered: so was what came before.
      const consumer = await connection.jetstream().consumers.get('FILES', 'integrator-file_stored');
      await upload();
      for await (const message of await consumer.fetch({ max_messages: 1, expires: 5000 })) message.ack();
      expect(await messagesOf(JanitorStream.name)).not.toContain(subject);
      expect(await messagesOf(DeadLettersStream.name)).toEqual([]);
      expect(await messagesOf(FilesStream.name)).not.toContain('file.deleted');
    },
  );

  async function consume({ connection }: BusClient, isDone: (uids: string[]) => boolean): Promise<string[]> {
    const consumer = await eventually(() => connection.jetstream().consumers.get('FILES', 'integrator-file_stored'));
    const uids: string[] = [];
    const messages: ConsumerMessages = await consumer.consume();
    for await (const message of messages) {
      uids.push(FileStored.envelope.parse(message.json()).data.uid);
      message.ack();
      if (isDone(uids)) break;
    }
    await connection.flush();
    return uids;
  }
});

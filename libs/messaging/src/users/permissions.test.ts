import { describe, expect, test } from '@jest/globals';
import { events, rpcs, streams } from '@wharf/contracts';
import { busUsers } from './bus-users.js';
import { consumersOf, isIntegratorName, readIntegration } from './integrators.js';
import { matches } from './matches.js';
import { permissionsOf, permissionsOfIntegrator } from './permissions.js';

const all = new Map(busUsers.map((user) => [user.name, permissionsOf(user, ['integrator'])]));
const publishersOf = (subject: string) =>
  [...all].filter(([, { publish }]) => publish.some((pattern) => matches(pattern, subject))).map(([name]) => name);

describe('who may publish what', () => {
  test.each([
    ['file.stored', ['gateway', 'metadata', 'janitor', 'wharf']],
    ['file.synced', ['cloud-sync']],
    ['file.sync_failed', ['cloud-sync']],
    ['file.updated', ['metadata']],
    // A restore repeats deletions.
    ['file.deleted', ['metadata', 'wharf']],
    ['file.purged', ['janitor', 'wharf']],
    ['file.lost', ['janitor', 'wharf']],
    ['file.invented', []],
    ['janitor.sweep.completed', ['janitor']],
    ['janitor.audit.completed', ['janitor', 'wharf']],
    ['access.key_revoked', ['accounts']],
    ['gateway.records.forgotten', ['gateway']],
    ['gateway.uploads.wanted', ['gateway']],
    ['dead.metadata.file.stored', ['metadata']],
    ['dead.janitor.file.deleted', ['janitor']],
    ['redeliver.metadata.file.stored', ['metadata', 'wharf']],
    ['metadata.files.get', ['gateway', 'cloud-sync', 'janitor', 'wharf']],
    ['metadata.files.delete', ['gateway']],
    ['metadata.files.claim_download', ['gateway']],
    ['metadata.attachments.confirm', ['gateway', 'janitor']],
    ['metadata.attachments.reserve', ['gateway']],
    ['metadata.upkeep.list_records', ['janitor', 'wharf']],
    // What it was named before.
    ['metadata.files.list_records', ['janitor', 'wharf']],
    ['accounts.log_in', ['gateway']],
    ['accounts.users.update', ['gateway', 'wharf']],
    ['_INBOX.gateway.x', ['metadata', 'janitor', 'accounts']],
    ['_INBOX.janitor.x', ['metadata']],
    ['_INBOX.metadata.x', []],
    ['_INBOX.integrator.x', []],
    ['_INBOX.x', []],
    ['$KV.wharf_idempotency.key', ['gateway']],
    ['$KV.wharf_leases.sweep', ['janitor', 'wharf']],
    ['$KV.wharf_uploads.uid', ['gateway', 'wharf']],
    ['$JS.API.STREAM.CREATE.FILES', ['metadata']],
    ['$JS.API.STREAM.UPDATE.FILES', ['metadata']],
    ['$JS.API.STREAM.CREATE.OTHER', []],
    ['$JS.API.STREAM.PURGE.FILES', []],
    ['$JS.API.STREAM.DELETE.FILES', ['wharf']],
    ['$JS.API.STREAM.MSG.DELETE.FILES', []],
    ['$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS', ['metadata', 'wharf']],
    ['$JS.API.CONSUMER.LIST.FILES', ['metadata']],
    ['metadata.system.read', ['gateway']],
    ['metadata.dead_letters.drop', ['gateway']],
    ['metadata.files.timeline', ['gateway']],
    ['audits.start', ['gateway']],
    ['health.asked', ['gateway']],
    ['health.told.x', ['gateway', 'metadata', 'cloud-sync', 'janitor', 'accounts']],
    ['$JS.API.CONSUMER.DELETE.FILES.cloud-sync-file_stored', ['cloud-sync', 'wharf']],
    ['$JS.API.CONSUMER.CREATE.FILES.cloud-sync-file_stored.file.stored', ['cloud-sync']],
    ['$JS.API.CONSUMER.CREATE.FILES.cloud-sync-file_stored.file.deleted', []],
    ['$JS.API.CONSUMER.CREATE.FILES.integrator-file_stored.file.stored', ['metadata']],
    ['$JS.API.CONSUMER.CREATE.FILES', ['wharf']],
    ['$JS.API.CONSUMER.DURABLE.CREATE.FILES.any', []],
    ['$JS.ACK.FILES.cloud-sync-file_stored.1.1.1.1.1', ['cloud-sync']],
    ['$JS.API.ACCOUNT.PURGE.WHARF', []],
    ['$SYS.REQ.SERVER.PING', []],
  ])('%s: %j', (subject, names) => {
    expect(publishersOf(subject)).toEqual(names);
  });

  test('every event and every request of the contracts is somebody’s', () => {
    for (const { type } of events) expect([type, publishersOf(type)]).not.toEqual([type, []]);
    for (const { subject } of rpcs) expect([subject, publishersOf(subject)]).not.toEqual([subject, []]);
  });

  test('a service that faces the network pulls from no consumer', () => {
    const { publish } = all.get('gateway') ?? { publish: [] };
    expect(publish.filter((subject) => /CONSUMER\.(CREATE|MSG)|^\$JS\.ACK/.test(subject))).toEqual([]);
  });
});

describe('who may hear what', () => {
  const hearersOf = (subject: string) =>
    [...all]
      .filter(([, { subscribe }]) => subscribe.some((pattern) => matches(pattern, subject)))
      .map(([name]) => name);

  test.each([
    ['_INBOX.gateway.x', ['gateway']],
    ['_INBOX.cloud-sync.x', ['cloud-sync']],
    ['_INBOX.x', []],
    ['metadata.files.get', ['metadata']],
    ['accounts.log_in', ['accounts']],
    ['file.stored', ['gateway']],
    ['audits.start', ['janitor']],
    ['health.asked', ['gateway', 'metadata', 'cloud-sync', 'janitor', 'accounts']],
    ['health.told.x', ['gateway']],
    ['janitor.audit.completed', []],
    ['file.deleted', ['gateway']],
    ['dead.metadata.file.stored', []],
    ['$KV.wharf_idempotency.key', []],
    ['$JS.API.STREAM.INFO.FILES', []],
  ])('%s: %j', (subject, names) => {
    expect(hearersOf(subject)).toEqual(names);
  });
});

describe('an integrator', () => {
  test('has consumers of its own name alone, in streams that are for others', () => {
    const consumers = consumersOf('thumbnails');
    expect(consumers).toContainEqual({ stream: 'FILES', durable: 'thumbnails-file', subject: 'file.>' });
    expect(consumers).toContainEqual({ stream: 'FILES', durable: 'thumbnails-file_stored', subject: 'file.stored' });
    expect(new Set(consumers.map(({ stream }) => stream))).toEqual(new Set(['FILES', 'JANITOR']));
    expect(consumers.filter(({ durable }) => !durable.startsWith('thumbnails-'))).toEqual([]);
    expect(streams.map(({ name }) => name)).toEqual(expect.arrayContaining(consumers.map(({ stream }) => stream)));
  });

  test('may pull and acknowledge, and do nothing else', () => {
    const { publish, subscribe } = permissionsOfIntegrator('thumbnails');
    const allowed =
      /^\$JS\.API\.INFO$|^\$JS\.(API\.CONSUMER\.(INFO|MSG\.NEXT)|ACK(\.\*\.\*)?)\.(FILES|JANITOR)\.thumbnails-/;
    expect(publish.filter((subject) => !allowed.test(subject))).toEqual([]);
    expect(subscribe).toEqual(['_INBOX.thumbnails.>', 'file.>', 'janitor.>']);
  });

  test.each([
    ['thumbnails=file.stored', { stream: 'FILES', durable: 'thumbnails-file_stored', subject: 'file.stored' }],
    ['search=file.>', { stream: 'FILES', durable: 'search-file', subject: 'file.>' }],
    ['gateway=file.stored', expect.stringContaining('does not begin with a user')],
    ['=file.stored', expect.stringContaining('does not begin with a user')],
    ['Thumb.nails=file.stored', expect.stringContaining('does not begin with a user')],
    ['thumbnails', expect.stringContaining('does not begin with a user')],
    ['thumbnails=access.logged_in', expect.stringContaining('must end with one of file.>')],
    ['thumbnails=dead.>', expect.stringContaining('must end with one of file.>')],
  ])('%s is read as %j', (text, expected) => {
    expect(readIntegration(text)).toEqual(expected);
  });

  test.each([...busUsers.map(({ name }) => name), 'operator'])('none is called %s', (name) => {
    expect(isIntegratorName(name)).toBe(false);
  });
});

import { expect, test } from '@jest/globals';
import { createInbox } from 'nats';
import { inboxPrefixOf, isInbox } from './inbox.js';

test.each([
  [createInbox(), true],
  [createInbox(inboxPrefixOf('gateway')), true],
  [`${createInbox(inboxPrefixOf('cloud-sync'))}.17`, true],
  ['_INBOX.Vx1Lq0.2Zb', true],
  ['', false],
  ['_INBOX', false],
  ['_INBOX.', false],
  ['_INBOX.a.', false],
  ['_INBOX..a', false],
  ['_INBOX.>', false],
  ['_INBOX.*', false],
  ['_INBOX.a.>', false],
  ['_INBOX.a b', false],
  ['_INBOX.a\r\nPUB file.deleted 0', false],
  ['_INBOXES.a', false],
  ['x._INBOX.a', false],
  ['file.deleted', false],
  ['dead.metadata.file.stored', false],
  ['gateway.records.forgotten', false],
  ['$JS.API.STREAM.DELETE.FILES', false],
  ['$KV.wharf_leases.sweep', false],
  ['$JS.ACK.FILES.metadata-file_stored.1.1.1.1.1', false],
  [`_INBOX.${'a'.repeat(300)}`, false],
])('%j is an inbox: %s', (subject, expected) => {
  expect(isInbox(subject)).toBe(expected);
});

test('who names no subject has no inbox', () => {
  expect(isInbox(undefined)).toBe(false);
});

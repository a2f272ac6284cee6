import { expect, test } from '@jest/globals';
import { parseAckSubject } from './delivery.js';

test.each([
  '$JS.ACK.FILES.metadata-file_stored.3.41.40.1700000000000000000.7',
  '$JS.ACK._.hash.FILES.metadata-file_stored.3.41.40.1700000000000000000.7',
  '$JS.ACK.hub.hash.FILES.metadata-file_stored.3.41.40.1700000000000000000.7.random',
])('%s', (subject) => {
  expect(parseAckSubject(subject)).toEqual({ stream: 'FILES', deliveryCount: 3, streamSequence: 41 });
});

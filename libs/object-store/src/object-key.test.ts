import { expect, test } from '@jest/globals';
import { keyFor } from './object-key.js';

test('folders of a key are the last four digits of the uid', () => {
  expect(keyFor('01932c4e-7b1a-7c3d-9e2f-0123456789ab')).toBe('files/89/ab/01932c4e-7b1a-7c3d-9e2f-0123456789ab');
});

import { expect, test } from '@jest/globals';
import { readPageFiles } from './page-files.js';

test('a page that was not built is none, and no error', () => {
  expect(readPageFiles('/nowhere')).toBeUndefined();
});

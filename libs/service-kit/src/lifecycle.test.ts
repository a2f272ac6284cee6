import { expect, test } from '@jest/globals';
import { Lifecycle } from './lifecycle.js';
import { createLogger } from './logger.js';

test('closes newest first, goes on after a failure, and only once', async () => {
  const closed: string[] = [];
  const lifecycle = new Lifecycle(createLogger('test', 'silent'));
  lifecycle.onClose('first', () => closed.push('first'));
  lifecycle.onClose('failing', () => Promise.reject(new Error('stuck')));
  lifecycle.onClose('last', () => closed.push('last'));
  await Promise.all([lifecycle.close(), lifecycle.close()]);
  expect(closed).toEqual(['last', 'first']);
});

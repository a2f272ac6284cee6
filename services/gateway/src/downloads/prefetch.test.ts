import { expect, test } from '@jest/globals';
import { isPrefetch } from './prefetch.js';

test.each([
  { 'sec-purpose': 'prefetch' },
  { 'sec-purpose': 'prefetch;prerender' },
  { 'sec-purpose': 'prefetch;anonymous-client-ip' },
  { 'sec-purpose': 'Prefetch' },
  { purpose: 'prefetch' },
  { purpose: 'preview' },
  { 'x-purpose': 'preview' },
  { 'x-moz': 'prefetch' },
])('%j: nobody has asked for it yet', (headers) => {
  expect(isPrefetch(headers)).toBe(true);
});

test.each([{}, { 'sec-purpose': '' }, { purpose: 'download' }, { 'sec-fetch-dest': 'document' }])(
  '%j: somebody asks for it',
  (headers) => {
    expect(isPrefetch(headers)).toBe(false);
  },
);

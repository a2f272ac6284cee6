import { expect, test } from '@jest/globals';
import { armFaults, faultPoint } from './faults.js';

test('a point that is not armed costs nothing and does nothing', () => {
  expect(faultPoint('gateway.renamed')).toBeUndefined();
});

test('a fault strikes at its pass, once', async () => {
  armFaults('gateway.published:error:2, janitor.after_check:error');
  expect(faultPoint('gateway.published')).toBeUndefined();
  await expect(faultPoint('gateway.published')).rejects.toMatchObject({ code: 'internal' });
  expect(faultPoint('gateway.published')).toBeUndefined();
  await expect(faultPoint('janitor.after_check')).rejects.toMatchObject({ code: 'internal' });
});

test.each(['gateway.published', 'nowhere:kill', 'gateway.published:explode', 'gateway.published:kill:0', ''])(
  '%j is no fault',
  (text) => {
    expect(() => armFaults(text)).toThrow(/is no fault/);
  },
);

import { expect, test } from '@jest/globals';
import type { Quota } from '@wharf/contracts';
import { loadConfig } from '@wharf/service-kit';
import { gatewaySettings } from '../../config.js';
import { quotaOf } from './owned-quota.js';

const { maxUploadsAtATime, quotaBytes, quotaFiles } = gatewaySettings;
const configOf = (environment: Record<string, string>) =>
  loadConfig({ maxUploadsAtATime, quotaBytes, quotaFiles }, environment);
const unlimited = configOf({});
const limited = configOf({ QUOTA_BYTES: '1000', QUOTA_FILES: '10', MAX_UPLOADS_AT_A_TIME: '2' });
const none = { max_bytes: null, max_files: null, max_uploads: null };

const uploader = (id: string | null, quota: Quota | undefined) => ({
  caller: { kind: 'user' as const, id, scopes: [] },
  quota,
});

test('nothing is limited, and nothing asked, of nobody and where neither owner nor gateway has a limit', () => {
  const quota = { max_bytes: 1, max_files: 1, max_uploads: 1 };
  expect(quotaOf(limited, uploader(null, quota))).toBeUndefined();
  expect(quotaOf(unlimited, uploader('ann', undefined))).toBeUndefined();
  expect(quotaOf(unlimited, uploader('ann', none))).toBeUndefined();
});

test("an owner's own limits come first, each by itself, then those of the gateway", () => {
  const usual = { max_bytes: 1000, max_files: 10, max_uploads: 2 };
  expect(quotaOf(limited, uploader('ann', undefined))).toEqual({ ownerId: 'ann', limits: usual });
  expect(quotaOf(limited, uploader('ann', { ...none, max_bytes: 0 }))?.limits).toEqual({
    ...usual,
    max_bytes: 0,
  });
  expect(quotaOf(unlimited, uploader('ann', { ...none, max_uploads: 1 }))?.limits).toEqual({
    ...none,
    max_uploads: 1,
  });
});

test.each(['0', '-1', 'many'])('no quota is %s', (text) => {
  expect(() => configOf({ QUOTA_BYTES: text })).toThrow(/QUOTA_BYTES/);
});

import { describe, expect, test } from '@jest/globals';
import { optionResembling } from './resembling-option.js';

describe('a name that resembles an option', () => {
  test.each([
    ['max_downloads', 'max_downloads'],
    ['Max_Downloads', 'max_downloads'],
    ['MAX_DOWNLOADS', 'max_downloads'],
    ['maxDownloads', 'max_downloads'],
    ['max-downloads', 'max_downloads'],
    ['max downloads ', 'max_downloads'],
    ['maxdownloads', 'max_downloads'],
    ['max_download', 'max_downloads'],
    ['max_donwloads', 'max_downloads'],
    ['max_dowload', 'max_downloads'],
    ['max_downloads[]', 'max_downloads'],
    ['upload[max_downloads]', 'max_downloads'],
    ['options.max_downloads', 'max_downloads'],
    ['\uff4dax_downloads', 'max_downloads'],
    ['Expires_In', 'expires_in'],
    ['expiresIn', 'expires_in'],
    ['expire_in', 'expires_in'],
    ['expiers_in', 'expires_in'],
    ['expires-at', 'expires_at'],
    ['expiresAt', 'expires_at'],
    ['expires', 'expires_in or expires_at'],
    ['expiry', 'expires_in or expires_at'],
    ['Expiration', 'expires_in or expires_at'],
    ['messageId', 'message_id'],
    ['Message-ID', 'message_id'],
    ['mesage_id', 'message_id'],
    ['meta_data', 'metadata'],
    ['MetaData', 'metadata'],
    ['metdata', 'metadata'],
    ['metadata[album]', 'metadata'],
  ])('%s: %s', (name, option) => {
    expect(optionResembling(name)).toBe(option);
  });
});

test.each([
  '',
  '_charset_',
  'MAX_FILE_SIZE',
  'message',
  'messages',
  'meta',
  'data',
  'name',
  'download',
  'qquuid',
  'qqfilename',
  'qqtotalfilesize',
  'dzuuid',
  'dzchunkindex',
  'flowChunkNumber',
  'resumableIdentifier',
  'relativePath',
  'csrf_token',
  'authenticity_token',
  'X-Amz-Expires',
  'utf8',
  'constructor',
  '__proto__',
  `max_downloads${' '.repeat(1000)}`,
])('%j is nobody’s wish', (name) => {
  expect(optionResembling(name)).toBeUndefined();
});

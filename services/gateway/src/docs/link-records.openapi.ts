import { LinkOptions, LinkPage, LinkRecord, LinkView, NewLink, ShareLink } from '@wharf/contracts';
import { z } from 'zod';
import { documentFields } from './document-fields.js';
import { exampleFutureTime, exampleText, exampleTime, exampleUid } from './examples.js';

export const exampleLinkId = '0b0f4f3c-3a5e-4a0e-9d4e-6c2f1c1d7a11';
export const exampleToken = 'q3nYcX0m7vLk2tZ9bH4sWw1eR8uJ5aPd6fGiNoMxTyU';
const examplePage = `/s/${exampleToken}`;
const exampleDownload = `/api/v1/links/${exampleToken}`;

const exampleFile = { uid: exampleUid, name: 'hello.txt', size_bytes: exampleText.length, content_type: 'text/plain' };

const optionNotes = {
  title: { description: 'What its page says, and its archive is called', example: 'Plans' },
  expires_in: { description: 'Seconds after which the link ends; null: with its files', example: 3600 },
  max_downloads: { description: 'After how many complete downloads the link ends; null: any number', example: 3 },
  password: { description: 'What has to be shown beside the link', example: 'open sesame' },
};

export const LinkOptionsBody = z.strictObject(documentFields(LinkOptions.shape, optionNotes));

export const NewLinkBody = z.strictObject(
  documentFields(NewLink.shape, {
    ...optionNotes,
    uids: { description: 'The files, each once: 1 to 1,000', example: [exampleUid] },
  }),
);

export const ShareLinkAnswer = z.object(
  documentFields(ShareLink.shape, {
    id: { description: 'Revokes the link', example: exampleLinkId },
    url: {
      description:
        'The page of the link, for people: reading it uses up nothing. Shown once: only a digest of it is kept. Absolute where `PUBLIC_URL` is set',
      example: examplePage,
    },
    download_url: { description: 'Where the bytes are: of the file, or of a zip of several', example: exampleDownload },
    title: { description: 'What its page says', example: 'Plans' },
    expires_at: { description: 'When the link ends', example: exampleFutureTime },
    max_downloads: { description: 'After how many complete downloads the link ends', example: 3 },
    has_password: { description: 'Whether a password has to be shown', example: false },
    created_at: { description: 'When it was made', example: exampleTime },
  }),
);

const LinkRecordAnswer = z.object(
  documentFields(LinkRecord.shape, {
    id: { description: 'Revokes the link', example: exampleLinkId },
    title: { description: 'What its page says', example: 'Plans' },
    files: { description: 'The first ten of those that are still there', example: [exampleFile] },
    file_count: { description: 'Files that are still there', example: 1 },
    total_bytes: { description: 'Bytes of these', example: exampleText.length },
    expires_at: { description: 'When the link ends', example: exampleFutureTime },
    max_downloads: { description: 'After how many complete downloads the link ends', example: 3 },
    download_count: { description: 'Complete downloads so far; an archive is one', example: 1 },
    last_used_at: { description: 'When something was last downloaded by it', example: exampleTime },
    has_password: { description: 'Whether a password has to be shown', example: false },
    created_at: { description: 'When it was made', example: exampleTime },
    revoked_at: { description: 'When it was revoked', example: null },
    status: { description: '`exhausted`: its downloads are used up', example: 'active' },
  }),
);

export const LinkPageAnswer = z.object(
  documentFields(LinkPage.extend({ links: z.array(LinkRecordAnswer) }).shape, {
    links: { description: 'The newest first', example: [] },
    next_cursor: { description: 'Where the next page begins; null on the last one', example: null },
  }),
);

export const LinkViewAnswer = z.object(
  documentFields(LinkView.shape, {
    title: { description: 'What its maker called it; null while it is locked', example: 'Plans' },
    expires_at: { description: 'When the link ends', example: exampleFutureTime },
    downloads_left: { description: 'Null where they are not limited', example: 3 },
    has_password: { description: 'Whether a password has to be shown', example: false },
    is_unlocked: { description: 'Whether this request has shown it, or none is needed', example: true },
    file_count: { description: 'Files that are still there; 0 while the link is locked', example: 1 },
    total_bytes: { description: 'Bytes of these', example: exampleText.length },
    files: {
      description: 'Those that are still there; none while the link is locked',
      example: [{ ...exampleFile, download_url: `${exampleDownload}/files/${exampleUid}`, is_previewable: true }],
    },
    gone_count: {
      description: 'Files of the link that have ended: while there are any, `download_url` of several answers 410',
      example: 0,
    },
    download_url: { description: 'Where the bytes are: of the file, or of a zip of several', example: exampleDownload },
    archive_name: { description: 'What `download_url` is saved as', example: 'hello.txt' },
  }),
);

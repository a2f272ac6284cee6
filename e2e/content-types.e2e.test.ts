import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, openBrowser } from './browser.ts';
import { type Body, type Client, problemOf, uploaded } from './client.ts';
import { readDisposition } from './conformance/name-rows.ts';
import { openSmallWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let browser: Browser;
let client: Client;

const allowed = 'text/*,Image/PNG,application/vnd.openxmlformats-officedocument.wordprocessingml.document';

beforeAll(async () => {
  ({ wharf, client } = await openSmallWharf({ ALLOWED_CONTENT_TYPES: allowed }));
  browser = await openBrowser();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await wharf?.close();
}, 60_000);

const text = 'Schöne Grüße';
const utf8 = Buffer.from(text);
const latin1 = Buffer.from(text, 'latin1');
const zip = Buffer.from(`PK\x03\x04\x14\0\0\0\0\0${'\0'.repeat(16)}\x05\0\0\0a.txthello`, 'latin1');

const store = (bytes: Buffer, name: string, type?: string) =>
  client.uploadStream(bytes as Body, `?filename=${encodeURIComponent(name)}`, type ? { 'Content-Type': type } : {});

const patch = (uid: string, changes: object) =>
  fetch(`${client.api}/files/${uid}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(changes),
  });

const typeSent = async (uid: string) => (await client.get(uid)).headers.get('Content-Type');

describe('a text keeps its charset', () => {
  test.each([
    ['undeclared UTF-8', utf8, 'a.txt', undefined, 'utf-8'],
    ['declared UTF-8', utf8, 'a.txt', 'text/plain; charset=UTF-8', 'utf-8'],
    ['declared Latin-1', latin1, 'a.txt', 'text/plain; charset=iso-8859-1', 'iso-8859-1'],
  ])('%s is read in a browser', async (_what, bytes, name, declared, charset) => {
    const { uid, content_type: type, charset: kept } = await uploaded(store(bytes, name, declared));
    expect({ type, kept }).toEqual({ type: 'text/plain', kept: charset });
    expect(await client.record(uid)).toMatchObject({ content_type: 'text/plain', charset });
    expect(await typeSent(uid)).toBe(`text/plain; charset=${charset}`);
    await browser.page.goto(`${client.api}/files/${uid}?disposition=inline`);
    expect(await browser.page.evaluate('document.body.innerText')).toBe(text);
  });

  test('a form declares it of its part', async () => {
    const record = await uploaded(client.uploadForm(latin1, 'a.csv', {}, 'text/csv;charset=windows-1252'));
    expect(record).toMatchObject({ content_type: 'text/csv', charset: 'windows-1252' });
  });

  test('where none is known none is sent', async () => {
    const { uid } = await uploaded(store(latin1, 'a.txt'));
    expect(await client.record(uid)).not.toHaveProperty('charset');
    expect(await typeSent(uid)).toBe('text/plain');
  });
});

describe('the allow list judges the final type', () => {
  test.each([
    ['a text that calls itself an image', utf8, 'a.png', 'image/png', 201],
    ['an image of an allowed type', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0', 'latin1'), 'a', undefined, 201],
    ['a document by its name', zip, 'a.docx', undefined, 201],
    ['an archive', zip, 'a.zip', undefined, 415],
    ['an archive that calls itself a text', zip, 'a.txt', 'text/plain', 415],
    ['bytes that call themselves a text', Buffer.from([1, 2, 0, 3]), 'a.txt', 'text/plain', 415],
    ['bytes that call themselves an image', Buffer.from([1, 2, 0, 3]), 'a.png', 'image/png', 415],
    ['data by its name', utf8, 'a.json', undefined, 415],
  ])('%s', async (_what, bytes, name, declared, status) => {
    const answer = await store(bytes, name, declared);
    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.problem?.code).toBe('content_type_not_allowed');
  });
});

describe('PATCH corrects a type', () => {
  test('and its charset', async () => {
    const { uid } = await uploaded(store(latin1, 'a.txt'));
    const answer = await patch(uid, { content_type: 'Text/HTML; charset="ISO-8859-1"' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ content_type: 'text/html', charset: 'iso-8859-1' });
    expect(await typeSent(uid)).toBe('text/html; charset=iso-8859-1');
    expect((await patch(uid, { charset: null })).status).toBe(200);
    expect(await typeSent(uid)).toBe('text/html');
    expect((await patch(uid, { content_type: 'text/csv', charset: 'windows-1252' })).status).toBe(200);
    expect(await typeSent(uid)).toBe('text/csv; charset=windows-1252');
    const found = await fetch(`${client.api}/files?content_type=TEXT/CSV&limit=200`);
    const { files } = (await found.json()) as { files: { uid: string }[] };
    expect(files.map((file) => file.uid)).toContain(uid);
  });

  test.each([
    '',
    'text',
    'text/',
    '/plain',
    'text/*',
    '*/*',
    'text/pl ain',
    'text/plain\r\nX: y',
    'text/plain;',
    'té/xt',
  ])('not to %j', async (type) => {
    const { uid } = await uploaded(store(utf8, 'a.txt'));
    const answer = await patch(uid, { content_type: type });
    expect(answer.status).toBe(400);
    expect(await problemOf(answer)).toMatchObject({ code: 'invalid_request', errors: [{ path: 'content_type' }] });
  });

  test('not to one that is not allowed', async () => {
    const { uid } = await uploaded(store(utf8, 'a.txt'));
    const answer = await patch(uid, { content_type: 'application/zip' });
    expect(answer.status).toBe(415);
    expect((await problemOf(answer)).code).toBe('content_type_not_allowed');
    expect(await typeSent(uid)).toBe('text/plain; charset=utf-8');
  });
});

test.each([
  ['Müller.png', 'Muller.png'],
  ['отчёт за год.txt', 'otchet za god.txt'],
  ['報告書.txt', 'BaoGaoShu.txt'],
  ['🚢', 'ship'],
])('a reader that knows no filename* saves %j as %j', async (name, fallback) => {
  const { uid } = await uploaded(store(utf8, name, 'text/plain'));
  const header = (await client.get(uid)).headers.get('Content-Disposition') as string;
  expect(readDisposition(header)).toEqual({ type: 'attachment', name, fallback });
});

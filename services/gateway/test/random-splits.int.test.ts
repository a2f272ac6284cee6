import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { type RandomForm, RandomForms } from './random-forms.js';
import { readForm } from './read-form.js';

// More of them by WHARF_TEST_FORM_SPLITS=1000000, others by WHARF_TEST_FORM_SEED.
const splits = Number(process.env.WHARF_TEST_FORM_SPLITS ?? 20_000);
const seed = Number(process.env.WHARF_TEST_FORM_SEED ?? 1);
/** Busboy is a witness: installed for tests alone, or found by its folder. */
const busboy = loadBusboy(process.env.WHARF_TEST_BUSBOY ?? 'busboy');

test(`${splits} forms in random pieces are read as they were written`, () => {
  const forms = new RandomForms(seed, true);
  for (let count = 0; count < splits; count++) {
    const { boundary, parts, body } = forms.form();
    const read = readForm(Buffer.from(boundary), forms.split(body));
    const written = { isComplete: true, parts: parts.map((part) => ({ ...part, hasEnded: true })) };
    // By text first: comparing a million objects by their parts takes minutes.
    if (JSON.stringify(read) !== JSON.stringify({ parts: written.parts, isComplete: true })) {
      expect({ count, body: body.toString('latin1'), ...read }).toMatchObject(written);
    }
  }
}, 1_800_000);

(busboy ? test : test.skip)(
  `${splits} forms in random pieces are read as busboy reads them`,
  async () => {
    const forms = new RandomForms(seed + 1, false);
    for (let count = 0; count < splits; count++) {
      const form = forms.form();
      const pieces = forms.split(form.body);
      const ours = readForm(Buffer.from(form.boundary), pieces).parts.map(({ data }) => data);
      const theirs = await readByBusboy(form, pieces);
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
        expect({ count, body: form.body.toString('latin1'), ours }).toMatchObject({ ours: theirs });
      }
    }
  },
  1_800_000,
);

type Busboy = (options: { headers: Record<string, string> }) => NodeJS.WritableStream;
type FileListener = (name: string, file: NodeJS.ReadableStream) => void;

function loadBusboy(name: string): Busboy | undefined {
  try {
    return createRequire(import.meta.url)(name) as Busboy;
  } catch {
    return undefined;
  }
}

function readByBusboy({ boundary }: RandomForm, pieces: readonly Buffer[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const files: string[] = [];
    const parser = (busboy as Busboy)({ headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });
    const onFile: FileListener = (_name, file) => {
      const index = files.push('') - 1;
      file.on('data', (chunk: Buffer) => {
        files[index] += chunk.toString('latin1');
      });
    };
    parser.on('file', onFile as never);
    parser.on('error', reject);
    parser.on('close', () => resolve(files));
    for (const piece of pieces) parser.write(piece);
    parser.end();
  });
}

import path from 'node:path';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';

test('what browsers get is small, and takes nothing from Node and no schema', async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'index.ts')],
    ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, write: false, metafile: true },
  });
  const folders = Object.keys(metafile.inputs).map((file) => file.replace(/\/(?:lib|src|dist|index)\b.*$/, ''));
  expect([...new Set(folders)].filter((folder) => /zod|contracts/.test(folder))).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(100_000);
});

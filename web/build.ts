import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

/** `node web/build.ts`: the page into `web/dist`, unless it is there already. */
const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const stamp = path.join(dist, '.built-of');

const digest = digestOfSources();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  await build({
    ...{ root, configFile: false, logLevel: 'warn', publicDir: false },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      ...{ outDir: dist, emptyOutDir: true, target: 'es2022', reportCompressedSize: false },
      // The policy of the page takes nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  });
  for (const file of globSync('assets/*.{css,js,mjs,svg}', { cwd: dist })) compress(path.join(dist, file));
  writeFileSync(stamp, digest);
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  const sources = globSync(['build.ts', 'index.html', 'package.json', 'src/**/*', '../package-lock.json'], {
    cwd: root,
  });
  for (const source of sources.sort()) {
    const file = path.join(root, source);
    if (path.extname(file) !== '') hash.update(source).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** Once, as small as it gets, so that no request compresses anything. */
function compress(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  );
}

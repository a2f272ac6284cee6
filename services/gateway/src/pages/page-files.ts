import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
export type Encoding = (typeof encodings)[number][0] | 'identity';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface PageFile {
  type: string;
  /** As it stands, and as the build has compressed it. */
  bodies: Partial<Record<Encoding, Buffer>> & { identity: Buffer };
}

export interface PageFiles {
  /** The document that all pages begin with. */
  shell: string;
  /** By name; names carry a digest of their content. */
  assets: ReadonlyMap<string, PageFile>;
}

/** What `npm run build` has made of `web/`; undefined where it was not run. */
export function readPageFiles(dist = distOfPage()): PageFiles | undefined {
  const shell = path.join(dist, 'index.html');
  if (!existsSync(shell)) return undefined;
  const folder = path.join(dist, 'assets');
  const names = readdirSync(folder).filter((name) => types[path.extname(name)] !== undefined);
  return {
    shell: readFileSync(shell, 'utf8'),
    assets: new Map(names.map((name) => [name, readPageFile(path.join(folder, name))])),
  };
}

function distOfPage(): string {
  const { resolve } = createRequire(import.meta.url);
  return path.join(path.dirname(resolve('@wharf/web/package.json')), 'dist');
}

function readPageFile(file: string): PageFile {
  const compressed = encodings.filter(([, ending]) => existsSync(file + ending));
  return {
    type: types[path.extname(file)] as string,
    bodies: {
      identity: readFileSync(file),
      ...Object.fromEntries(compressed.map(([encoding, ending]) => [encoding, readFileSync(file + ending)])),
    },
  };
}

export function etagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}

/** Read once: no request opens a file. */
export const pageFiles = readPageFiles();

import { cleanFileName } from '../uploads/file-name.js';

const usual = 'files.zip';

/** What an archive is saved as: by the name that it was given, with its extension. */
export function archiveName(given: string | null | undefined): string {
  if (given == null) return usual;
  const name = cleanFileName(given.replaceAll(/[/\\]/g, '_'));
  return /\.zip$/i.test(name) ? name : `${name}.zip`;
}

export interface ChosenFile {
  file: File;
  /** With the folders that it lies in, from the one that was chosen: `photos/2026/a.jpg`. */
  path: string;
}

/** The files of a drop or a paste; those of folders too, however deep they lie. */
export async function readDropped(transfer: DataTransfer): Promise<ChosenFile[]> {
  // Synchronously: the items are gone once this function has waited.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return chosenFiles(transfer.files);
  const found = await Promise.all(entries.map((entry) => readEntry(entry)));
  return found.flat();
}

/** Of an input, also one that takes folders. */
export function chosenFiles(files: FileList | null): ChosenFile[] {
  return [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function readEntry(entry: FileSystemEntry): Promise<ChosenFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (isFile(entry)) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), path }];
  const found: ChosenFile[] = [];
  for (const child of await readFolder(entry as FileSystemDirectoryEntry)) found.push(...(await readEntry(child)));
  return found;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

/** Browsers give at most 100 entries at a time, and none at the end. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    found.push(...some);
  }
}

import { Uid } from '@wharf/contracts';
import type { Environment } from '@wharf/service-kit';
import { type Command, InvalidArgumentError } from 'commander';
import { printable } from './printable.js';
import { UsageError } from './run-program.js';
import { ageOf, table } from './table.js';

const mostListed = 1_000_000;

/** `wharf upload | ls | download`: what any client of a gateway may do. */
export function addTransferCommands(program: Command, environment: Environment): void {
  addUpload(program, environment);
  addList(program, environment);
  addDownload(program, environment);
}

const access = `
Environment:
  WHARF_URL    the gateway (http://127.0.0.1:8080)
  WHARF_TOKEN  an API key or an access token; WHARF_TOKEN_FILE names a file that holds it`;

function addUpload(program: Command, environment: Environment): void {
  program
    .command('upload')
    .description('Stores files, one after the other; the first that fails ends it')
    .argument('<file...>', 'to be stored')
    .option('--name <name>', 'another name than its own, of one file')
    .option('--json', 'the record of each, one JSON object a line')
    .addHelpText('after', access)
    .action(async (files: string[], { json, name }: { json?: boolean; name?: string }) => {
      if (name !== undefined && files.length > 1) throw new UsageError('--name is for one file');
      const { uploadFile, doorOf, progress } = await loadClient();
      const door = doorOf(environment);
      for (const file of files) {
        const record = await uploadFile(door, file, { name, progress });
        say(json ? JSON.stringify(record) : `${record.uid}  ${printable(record.original_name)}`);
      }
    });
}

function addList(program: Command, environment: Environment): void {
  program
    .command('ls')
    .description('Lists files, the newest first')
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', access)
    .action(async ({ json, limit }: { json?: boolean; limit: number }) => {
      const { doorOf, listFiles } = await loadClient();
      const rows: string[][] = [];
      for await (const record of listFiles(doorOf(environment), limit)) {
        const { created_at, original_name, size_bytes, status, uid } = record;
        if (json) say(JSON.stringify(record));
        else rows.push([uid, String(size_bytes), status, ageOf(created_at), printable(original_name)]);
      }
      if (!json)
        say(
          rows.length === 0 ? 'There are no files.' : table(['UID', 'BYTES', 'STATUS', 'AGE', 'NAME'], rows).trimEnd(),
        );
    });
}

function addDownload(program: Command, environment: Environment): void {
  program
    .command('download')
    .description('Reads a file and compares its digest; one that is there is not replaced')
    .argument('<uid>', 'as listed', parseUid)
    .option('-o, --output <file>', 'where to write it, - for standard output; under its own name unless given')
    .option('--json', 'its record')
    .addHelpText('after', access)
    .action(async (uid: string, { json, output }: { json?: boolean; output?: string }) => {
      const { doorOf, downloadFile, progress } = await loadClient();
      const { place, record } = await downloadFile(doorOf(environment), uid, { output, progress });
      // Standard output is the file's.
      if (place !== '-') say(json ? JSON.stringify(record) : printable(place));
    });
}

async function loadClient() {
  const [{ doorOf }, { uploadFile }, { listFiles }, { downloadFile }, { TransferProgress }] = await Promise.all([
    import('./http/door.js'),
    import('./http/upload-file.js'),
    import('./http/list-files.js'),
    import('./http/download-file.js'),
    import('./http/transfer-progress.js'),
  ]);
  return { doorOf, uploadFile, listFiles, downloadFile, progress: new TransferProgress(process.stderr) };
}

function parseUid(text: string): string {
  const uid = Uid.safeParse(text.toLowerCase());
  if (!uid.success) throw new InvalidArgumentError('A uid is such as 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f.');
  return uid.data;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > mostListed) throw new InvalidArgumentError('A count is such as 100.');
  return count;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

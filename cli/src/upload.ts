import type { Environment } from '@wharf/service-kit/load-config';
import { type Command, InvalidArgumentError } from 'commander';
import { type GatewayFlags, gatewayCommand, say, withGateway } from './gateway-command.js';
import type { UploadPlan } from './http/upload-files.js';
import { parseCount, parseExpiry } from './parse-amounts.js';
import { printable } from './printable.js';
import { askPassword } from './read-password.js';
import { UsageError } from './run-program.js';

interface UploadFlags extends GatewayFlags {
  name?: string;
  type?: string;
  jobs: number;
  expiresIn?: number;
  maxDownloads?: number;
  public?: boolean;
  messageId?: string;
  metadata?: Record<string, unknown>;
  to?: string;
  passwordStdin?: boolean;
}

const usualJobs = 3;

/** `wharf upload`. */
export function addUploadCommand(program: Command, environment: Environment): void {
  const command = gatewayCommand(
    'upload',
    'Stores files, and all that is in folders; what breaks off, or Ctrl-C stops, goes on with the same command',
    'wharf upload photo.jpg holidays/ --expires-in 7d',
    'tar c docs | wharf upload - --name docs.tar',
    'wharf upload thesis.pdf --to https://files.example.org/r/4Zk…   # delivers to a request',
  );
  command
    .argument('<file...>', 'files and folders; - is standard input')
    .option('--name <name>', 'another name than its own, of one file')
    .option('--type <type>', 'content type, where the bytes do not tell it')
    .option('--jobs <count>', 'so many at a time', parseCount, usualJobs)
    .option('--expires-in <duration>', 'is deleted then, such as 7d', parseExpiry)
    .option('--max-downloads <count>', 'is deleted after so many', parseCount)
    .option('--public', 'anybody who has its address may read it')
    .option('--message-id <id>', 'of the message that it belongs to')
    .option('--metadata <json>', 'a JSON object that is kept with it', parseObject)
    .option('--to <address>', 'delivers to a request for files, and needs no login')
    .option('--password-stdin', 'of --to: its password is the first line of standard input')
    .action((files: string[], flags: UploadFlags) => upload(environment, files, flags));
  program.addCommand(command);
}

async function upload(environment: Environment, files: string[], flags: UploadFlags): Promise<void> {
  if (flags.name !== undefined && files.length > 1) throw new UsageError('--name is for one file');
  if (files.filter((file) => file === '-').length > 1) throw new UsageError('there is one standard input');
  const plan = await planOf(flags);
  const reached = flags.to === undefined ? environment : { ...environment, WHARF_URL: new URL(flags.to).origin };
  await withGateway(reached, flags, async (context) => {
    const { uploadFiles } = await import('./http/upload-files.js');
    await uploadFiles(context, files, plan, ({ name, record, uid }) =>
      say(flags.json ? JSON.stringify(record ?? { uid, original_name: name }) : `${uid}  ${printable(name)}`),
    );
  });
}

async function planOf(flags: UploadFlags): Promise<UploadPlan> {
  const { expiresIn, jobs, maxDownloads, messageId, metadata, name, to, type } = flags;
  const token = to === undefined ? undefined : tokenOf(to);
  const password = flags.passwordStdin ? await askPassword({ isPiped: true }) : undefined;
  return {
    ...{ name, type, jobs },
    options: {
      ...(expiresIn !== undefined && { expires_in: expiresIn }),
      ...(maxDownloads !== undefined && { max_downloads: maxDownloads }),
      ...(messageId !== undefined && { message_id: messageId }),
      ...(metadata && { metadata }),
      ...(flags.public && { visibility: 'public' as const }),
    },
    request: token === undefined ? undefined : { token, ...(password !== undefined && { password }) },
  };
}

function tokenOf(address: string): string {
  const [, token] = (URL.canParse(address) && /\/r\/([^/]+)$/.exec(new URL(address).pathname)) || [];
  if (token === undefined)
    throw new UsageError('--to is the address of a request, such as https://files.example.org/r/…');
  return token;
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // It is told below.
  }
  throw new InvalidArgumentError('It is a JSON object such as {"customer":7}.');
}

import type { ShareLink } from '@wharf/client';
import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { type GatewayFlags, gatewayCommand, parseUid, parseUidList, say, withGateway } from './gateway-command.js';
import { parseCount, parseExpiry, sizeText } from './parse-amounts.js';
import { printable } from './printable.js';
import { askPassword } from './read-password.js';
import { ageOf, table } from './table.js';

interface ShareFlags extends GatewayFlags {
  title?: string;
  expiresIn?: number;
  maxDownloads?: number;
  password?: boolean;
  passwordStdin?: boolean;
}

/** `wharf share | links`. */
export function addSharingCommands(program: Command, environment: Environment): void {
  program.addCommand(shareCommand(environment));
  program.addCommand(linksCommand(environment));
}

function shareCommand(environment: Environment): Command {
  return gatewayCommand(
    'share',
    'Makes a link to files, and prints its address, which is told this once',
    'wharf share 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f --expires-in 7d --max-downloads 1 --password',
  )
    .argument('<uid...>', 'as listed; several are downloaded as one zip', parseUidList)
    .option('--title <text>', 'what its page says')
    .option('--expires-in <duration>', 'ends then, such as 7d', parseExpiry)
    .option('--max-downloads <count>', 'ends after so many', parseCount)
    .option('--password', 'asks for a password that is needed then')
    .option('--password-stdin', 'which is the first line of standard input')
    .action((uids: string[], flags: ShareFlags) => share(environment, uids, flags));
}

async function share(environment: Environment, uids: string[], flags: ShareFlags): Promise<void> {
  const { expiresIn, json, maxDownloads, passwordStdin, title } = flags;
  const password = flags.password || passwordStdin ? await askPassword({ isPiped: passwordStdin === true }) : undefined;
  await withGateway(environment, flags, async ({ client, signal, url }) => {
    const link = await client.links.create(
      uids,
      {
        ...(title !== undefined && { title }),
        ...(expiresIn !== undefined && { expires_in: expiresIn }),
        ...(maxDownloads !== undefined && { max_downloads: maxDownloads }),
        ...(password !== undefined && { password }),
      },
      { signal },
    );
    const absolute: ShareLink = {
      ...link,
      url: addressOf(url, link.url),
      download_url: addressOf(url, link.download_url),
    };
    say(json ? JSON.stringify(absolute) : absolute.url);
  });
}

/** A gateway that does not know its own address tells paths. */
export function addressOf(gateway: string, address: string): string {
  return new URL(address, gateway).href;
}

function linksCommand(environment: Environment): Command {
  const group = gatewayCommand(
    'links',
    'Lists the links to your files, the newest first',
    'wharf links --limit 100',
    'wharf links revoke 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f',
  )
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .option('--file <uid>', 'only those to a file', parseUid)
    .action((flags: GatewayFlags & { limit: number; file?: string }) => listLinks(environment, flags));
  group.addCommand(
    gatewayCommand('revoke', 'Ends links at once', 'wharf links revoke 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f')
      .argument('<id...>', 'as listed')
      .action((ids: string[], flags: GatewayFlags) =>
        withGateway(environment, flags, async ({ client, signal }) => {
          for (const id of ids) {
            await client.links.revoke(id, { signal });
            say(flags.json ? JSON.stringify({ id, status: 'revoked' }) : `${id} is revoked`);
          }
        }),
      ),
  );
  return group;
}

async function listLinks(
  environment: Environment,
  flags: GatewayFlags & { limit: number; file?: string },
): Promise<void> {
  await withGateway(environment, flags, async ({ client }) => {
    const rows: string[][] = [];
    let left = flags.limit;
    for await (const link of client.links.list({
      limit: Math.min(200, left),
      ...(flags.file && { uid: flags.file }),
    })) {
      const { created_at, download_count, file_count, files, id, max_downloads, status, title, total_bytes } = link;
      const downloads = `${download_count}${max_downloads === null ? '' : `/${max_downloads}`}`;
      const name = title ?? `${files[0]?.name ?? '-'}${file_count > 1 ? ` and ${file_count - 1} more` : ''}`;
      if (flags.json) say(JSON.stringify(link));
      else rows.push([id, status, downloads, sizeText(total_bytes), ageOf(created_at), printable(name)]);
      if (--left === 0) break;
    }
    if (flags.json) return;
    const head = ['ID', 'STATUS', 'DOWNLOADS', 'SIZE', 'AGE', 'WHAT'];
    say(rows.length === 0 ? 'There are no links.' : table(head, rows).trimEnd());
  });
}

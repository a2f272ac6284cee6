import type { ServerResponse } from 'node:http';
import { create as createDisposition } from 'content-disposition';
import { asciiName } from '../downloads/ascii-name.js';
import { isolation } from '../downloads/file-headers.js';
import { limitLife, longestLifeMs } from '../downloads/longest-life.js';
import { declinePrefetch, isPrefetch } from '../downloads/prefetch.js';
import { requireDownloadsLeft } from '../downloads/require-readable.js';
import type { Gateway } from '../gateway.js';
import { connectionOf } from '../http/connections.js';
import { takeArchiveLeases } from './archive-leases.js';
import type { ArchiveToServe } from './archive-request.js';
import { planArchive } from './planned-archive.js';
import { sendArchive } from './send-archive.js';
import { archiveBytes } from './zip/zip-writer.js';

/**
 * Answers a GET or HEAD for files as one zip. Nothing is sent before all of them are found to be readable and all leases are taken; a file that cannot be
 * read afterwards breaks the connection. Ranges are not served: the whole archive is the answer (RFC 9110 §14.2).
 */
export async function serveArchive(gateway: Gateway, request: ArchiveToServe): Promise<void> {
  const { headers, isHead, link, response } = request;
  const files = await planArchive(gateway, request);
  if (link) requireDownloadsLeft(link);
  const isLimited = (link?.max_downloads ?? null) !== null || files.some((file) => file.isLimited);
  if (isLimited && !isHead && isPrefetch(headers)) return declinePrefetch(response);
  const lengthBytes = archiveBytes(files);
  if (isHead) {
    setArchiveHeaders(response, request.name, lengthBytes);
    response.end();
    return;
  }
  const leases = await takeArchiveLeases(gateway, request, { files, lengthBytes });
  const life = leases.areNone
    ? undefined
    : limitLife(response, longestLifeMs(lengthBytes, gateway.config.minThroughput));
  setArchiveHeaders(response, request.name, lengthBytes);
  try {
    await sendArchive(gateway, request, {
      files,
      leases,
      // A reader that was cut for being slow has held the downloads for as long as they may be held: they count.
      isCut: () => life?.isCut() || connectionOf(response.req.socket).cutReason === 'slow_reader',
    });
  } finally {
    life?.end();
  }
}

function setArchiveHeaders(response: ServerResponse, name: string, lengthBytes: number): void {
  for (const [header, value] of isolation) response.setHeader(header, value);
  response.setHeader('Accept-Ranges', 'none');
  response.setHeader('Cache-Control', 'private, no-store');
  response.setHeader('Content-Disposition', createDisposition(name, { type: 'attachment', fallback: asciiName(name) }));
  response.setHeader('Content-Length', lengthBytes);
  response.setHeader('Content-Type', 'application/zip');
  response.statusCode = 200;
}

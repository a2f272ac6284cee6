import type Router from '@koa/router';
import {
  DeleteFile,
  FileChanges,
  type FileRecord,
  GetFile,
  type LocatedFileRecord,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError, fieldErrors } from '@wharf/service-kit';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import type { Gateway } from '../gateway.js';
import { cleanFileName } from '../uploads/file-name.js';
import { parseUid } from './parse-uid.js';

/** The routes of the record: read, change, delete. */
export function addFileRoutes(router: Router, { bus }: Gateway): void {
  router.get('/files/:uid/metadata', async (context) => {
    context.body = publicRecord(await callRpc(bus, GetFile, { uid: parseUid(context.params.uid) }));
  });

  router.patch('/files/:uid', readJson(), async (context) => {
    const request = { uid: parseUid(context.params.uid), changes: parseChanges(context) };
    context.body = publicRecord(await callRpc(bus, UpdateFile, request));
  });

  router.delete('/files/:uid', async (context) => {
    await callRpc(bus, DeleteFile, { uid: parseUid(context.params.uid) });
    context.status = 204;
  });
}

function publicRecord({ local_path: _, ...record }: LocatedFileRecord): FileRecord {
  return record;
}

function readJson() {
  return koaBody({
    json: true,
    multipart: false,
    urlencoded: false,
    text: false,
    jsonLimit: '64kb',
    parsedMethods: ['PATCH'] as never,
    onError: (cause) => {
      throw new AppError('invalid_request', 'the body is not a JSON object of at most 64 kB', { cause });
    },
  });
}

function parseChanges(context: Context): FileChanges {
  const body: unknown = (context.request as { body?: unknown }).body;
  const changes = FileChanges.strict().safeParse(body);
  if (!changes.success) {
    throw new AppError('invalid_request', 'the changes are not valid', { fields: fieldErrors(changes.error) });
  }
  const { original_name: name } = changes.data;
  return name === undefined ? changes.data : { ...changes.data, original_name: cleanFileName(name) };
}

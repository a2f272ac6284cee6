import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { DeletedReason, type FileRecord, FileStatus, Visibility } from '@wharf/contracts';

/** The record of one file. `status` is assigned by `nextStatus` alone. */
export const FileEntity = defineEntity({
  name: 'File',
  tableName: 'files',
  properties: {
    uid: p.uuid().primary(),
    originalName: p.text(),
    /** Both as `nameSearchOf` makes them of the name; not read with the record. */
    nameSearch: p.text().lazy(),
    nameTrigrams: p.integer().array().lazy(),
    extension: p.text(),
    contentType: p.text(),
    charset: p.text().strictNullable(),
    declaredContentType: p.text().strictNullable(),
    sizeBytes: p.bigint('number'),
    /** Null for an attachment that nobody has read yet. */
    sha256: p.text().strictNullable(),
    status: p.enum(FileStatus.options),
    localPath: p.text().strictNullable(),
    cloudPath: p.text().strictNullable(),
    /** Of the object, as `file.synced` told it. */
    etag: p.text().nullable(),
    syncError: p.text().strictNullable(),
    ownerId: p.text().strictNullable(),
    visibility: p.enum(Visibility.options),
    messageId: p.text().strictNullable(),
    /** Of the file request by which it came, which may be forgotten since. */
    requestId: p.uuid().strictNullable(),
    metadata: p.json<FileRecord['metadata']>(),
    expiresAt: p.datetime(3).strictNullable(),
    maxDownloads: p.integer().strictNullable(),
    downloadCount: p.integer().default(0),
    /** Downloads that are claimed and neither counted nor given back: as many rows of download_claims. */
    openClaims: p.integer().default(0),
    /** Bytes that downloads were sent which broke off and were given back, since one was last counted. */
    givenBackBytes: p.bigint('number').default(0),
    createdAt: p.datetime(3),
    syncedAt: p.datetime(3).strictNullable(),
    archivedAt: p.datetime(3).strictNullable(),
    deletedAt: p.datetime(3).strictNullable(),
    deletedReason: p.enum(DeletedReason.options).strictNullable(),
    lastAccessedAt: p.datetime(3).strictNullable(),
    /** Time of the last `file.updated`: later than that of the one before, whatever the clocks of replicas say. */
    changedAt: p.datetime(3).strictNullable(),
  },
});

export type FileEntity = InferEntity<typeof FileEntity>;

import { type FileChanges, FileMetadata, type FileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

type Json = FileRecord['metadata'][string];

/** The changes with the whole metadata that come of them (RFC 7396). Throws `invalid_request` where they are too much. */
export function mergeMetadata(record: Pick<FileRecord, 'metadata'>, changes: FileChanges): FileChanges {
  if (changes.metadata === undefined) return changes;
  const merged = FileMetadata.safeParse(applyPatch(record.metadata, changes.metadata));
  if (merged.success) return { ...changes, metadata: merged.data };
  throw new AppError('invalid_request', `the merged metadata ${merged.error.issues[0]?.message}`);
}

/** RFC 7396 §2. */
function applyPatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyPatch(merged[key], value);
  }
  return merged;
}

function isObject(value: Json | undefined): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

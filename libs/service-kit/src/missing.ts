import { hasCode, systemCode } from './app-error.js';

/** Whether this says that a file (ENOENT) or a record (`file_not_found`) is not there. */
export function isMissing(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || hasCode(error, 'file_not_found');
}

/** What `work` gave, or undefined where what it works on is not there. */
export async function ifMissing<Result>(work: Promise<Result>): Promise<Result | undefined>;
/** What `work` gave, or `fallback` where what it works on is not there. */
export async function ifMissing<Result, Fallback>(
  work: Promise<Result>,
  fallback: Fallback,
): Promise<Result | Fallback>;
export async function ifMissing<Result>(work: Promise<Result>, fallback?: unknown): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return fallback;
    throw error;
  }
}

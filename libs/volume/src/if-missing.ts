import { systemCode } from '@wharf/service-kit';

/** What `work` gave, or `fallback` where its file is missing (ENOENT). */
export async function ifMissing<Result, Fallback>(
  work: Promise<Result>,
  fallback: Fallback,
): Promise<Result | Fallback> {
  try {
    return await work;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return fallback;
    throw error;
  }
}

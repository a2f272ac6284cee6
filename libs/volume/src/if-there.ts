import { systemCode } from '@wharf/service-kit';

/** What `work` came to, or undefined where its file is not there (any more). */
export async function ifThere<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

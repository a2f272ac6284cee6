import { WharfError } from '@wharf/client';
import { keepSession } from './renew-session.ts';
import { wharf } from './wharf.ts';

/** The bytes at an address, for a preview. Throws WharfError. */
export async function readBytes(
  address: string,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  await keepSession(wharf.auth);
  const answer = await fetch(address, { headers, ...(signal && { signal }) });
  if (answer.ok) return answer;
  throw new WharfError('unavailable', `refused with status ${answer.status}`, { status: answer.status });
}

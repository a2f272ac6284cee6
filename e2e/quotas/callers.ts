import type { startGateway } from '@wharf/gateway';

type Callers = NonNullable<Parameters<typeof startGateway>[2]>;

export const ownerHeader = 'test-owner';
const quotaHeader = 'test-quota';

/** Uploads in the name, and with the quota, that the headers tell. */
export const namedByHeaders: Callers = {
  uploaderOf: ({ headers }) => {
    const [owner, quota] = [headers[ownerHeader], headers[quotaHeader]].map((header) => header?.toString());
    return { ownerId: owner ?? null, quota: quota === undefined ? undefined : JSON.parse(quota) };
  },
};

/** The headers of an upload in somebody's name. */
export function headersOf(owner: string, quota?: Record<string, number | null>): Record<string, string> {
  return { [ownerHeader]: owner, ...(quota && { [quotaHeader]: JSON.stringify(quota) }) };
}

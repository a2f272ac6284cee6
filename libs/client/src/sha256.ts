/** In browsers, which cannot hash what streams: so much is kept and hashed at the end. Node hashes any length. */
export const mostHashedInBrowsers = 64 * 1024 * 1024;

/** Digests bytes that come one after another. */
export interface Sha256 {
  update(chunk: Uint8Array): void;
  /** As hex; undefined where it cannot be told here: see `mostHashedInBrowsers`, and pages that no https protects have no Web Crypto at all. */
  digest(): Promise<string | undefined>;
}

export function createSha256(): Sha256 {
  // Not imported: bundles for browsers would look for it.
  const hash = globalThis.process?.getBuiltinModule?.('node:crypto').createHash('sha256');
  if (!hash) return new KeptBytes();
  return {
    update: (chunk) => {
      hash.update(chunk);
    },
    digest: async () => hash.digest('hex'),
  };
}

/** In Base64, as headers want it; undefined where there is no Web Crypto. */
export async function sha256InBase64(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return btoa(String.fromCharCode(...digest));
}

class KeptBytes implements Sha256 {
  private chunks: Uint8Array<ArrayBuffer>[] = [];
  private sizeBytes = 0;

  update(chunk: Uint8Array): void {
    this.sizeBytes += chunk.length;
    if (this.sizeBytes > mostHashedInBrowsers) this.chunks = [];
    else this.chunks.push(new Uint8Array(chunk));
  }

  async digest(): Promise<string | undefined> {
    if (this.sizeBytes > mostHashedInBrowsers || !globalThis.crypto?.subtle) return undefined;
    const bytes = await new Blob(this.chunks).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}

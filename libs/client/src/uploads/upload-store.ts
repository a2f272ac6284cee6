/** Where uploads are remembered that are not complete, so that they go on after a restart. */
export interface UploadStore {
  /** The address of the upload of a source; undefined where there is none. */
  find(fingerprint: string): string | undefined | Promise<string | undefined>;
  keep(fingerprint: string, url: string): void | Promise<void>;
  forget(fingerprint: string): void | Promise<void>;
}

const prefix = 'wharf-upload:';

/** Of a page: `localStorage`, by default. */
export class WebUploadStore implements UploadStore {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> = localStorage) {}

  find(fingerprint: string): string | undefined {
    return this.storage.getItem(prefix + fingerprint) ?? undefined;
  }

  keep(fingerprint: string, url: string): void {
    try {
      this.storage.setItem(prefix + fingerprint, url);
    } catch {
      // It is full: this upload does not go on after a restart.
    }
  }

  forget(fingerprint: string): void {
    this.storage.removeItem(prefix + fingerprint);
  }
}

import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '@wharf/service-kit';
import { z } from 'zod';

/** A login that is kept. */
export const Profile = z.object({
  url: z.string(),
  email: z.string(),
  access_token: z.string(),
  /** Of the access token; milliseconds since 1970. */
  expires_at: z.number(),
  refresh_token: z.string(),
});
export type Profile = z.infer<typeof Profile>;

export const usualProfile = 'default';

/** Logins, a file each that its owner alone may read. */
export class Profiles {
  private readonly folder: string;

  constructor(configFolder: string) {
    this.folder = path.join(configFolder, 'profiles');
  }

  fileOf(name: string): string {
    return path.join(this.folder, `${name}.json`);
  }

  /** Undefined where there is none. */
  async read(name: string): Promise<Profile | undefined> {
    try {
      return Profile.parse(JSON.parse(await readFile(this.fileOf(name), 'utf8')));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whole or not at all: the token in it serves once. */
  async write(name: string, profile: Profile): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const draft = `${this.fileOf(name)}.${process.pid}`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(profile, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.fileOf(name));
  }

  remove(name: string): Promise<void> {
    return rm(this.fileOf(name), { force: true });
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.folder).catch(() => []);
    return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  }
}

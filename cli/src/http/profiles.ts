import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit/app-error';

/** A login that is kept. */
export interface Profile {
  url: string;
  email: string;
  access_token: string;
  /** Of the access token; milliseconds since 1970. */
  expires_at: number;
  refresh_token: string;
}

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
    const file = this.fileOf(name);
    try {
      return toProfile(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw new AppError('internal', `${file} is no login: wharf login makes another one`, { cause: error });
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

function toProfile(found: Partial<Record<keyof Profile, unknown>>): Profile {
  const { access_token, email, expires_at, refresh_token, url } = found;
  const texts = [access_token, email, refresh_token, url];
  if (texts.some((each) => typeof each !== 'string') || typeof expires_at !== 'number')
    throw new Error('a field is missing');
  return found as Profile;
}

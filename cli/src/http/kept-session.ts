import type { Credentials, Login } from '@wharf/client';
import { WharfError } from '@wharf/client';
import type { Profile, Profiles } from './profiles.js';
import { withLock } from './with-lock.js';

interface Sessions {
  profiles: Profiles;
  name: string;
  url: string;
  refresh(refreshToken: string): Promise<Login>;
  /** Where a password is at hand. */
  logIn?: (() => Promise<Login>) | undefined;
}

/** So much earlier than it expires, an access token is renewed: uploads and downloads take their time. */
const marginMs = 30_000;

/** The session of a profile, which commands that run at the same time share: each refresh token serves one of them. */
export class KeptSession implements Credentials {
  private profile: Profile | undefined;

  constructor(private readonly sessions: Sessions) {}

  async headers(): Promise<Record<string, string>> {
    const { name, profiles } = this.sessions;
    this.profile ??= await profiles.read(name);
    if (this.profile && this.profile.expires_at < Date.now() + marginMs) await this.renew();
    return this.profile ? { Authorization: `Bearer ${this.profile.access_token}` } : {};
  }

  renew(): Promise<boolean> {
    const { name, profiles } = this.sessions;
    return withLock(profiles.fileOf(name), async () => {
      const found = await profiles.read(name);
      // Another command was quicker.
      const isNewer = found !== undefined && found.access_token !== this.profile?.access_token;
      this.profile = isNewer ? found : await this.begin(found);
      return this.profile !== undefined;
    });
  }

  private async begin(profile: Profile | undefined): Promise<Profile | undefined> {
    const { logIn, name, profiles, refresh, url } = this.sessions;
    const login = (profile && (await refused(refresh(profile.refresh_token)))) ?? (logIn && (await refused(logIn())));
    if (!login) return undefined;
    const next = profileOf(url, login);
    await profiles.write(name, next);
    return next;
  }
}

export function profileOf(url: string, { access_token, expires_in, refresh_token, user }: Login): Profile {
  if (refresh_token === null) throw new WharfError('internal', 'the gateway gave no refresh token');
  return { url, email: user.email, access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 };
}

/** Undefined where the gateway does not let in who asks. */
async function refused(asking: Promise<Login>): Promise<Login | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof WharfError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}

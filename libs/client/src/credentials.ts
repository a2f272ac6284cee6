/** What requests show to say who makes them. */
export interface Credentials {
  /** Headers of a request. */
  headers(): Promise<Record<string, string>> | Record<string, string>;
  /** After a 401: true where there are others now, with which the request is made again. */
  renew(): Promise<boolean>;
}

/** An API key, or an access token from elsewhere; or a function that knows the current one. */
export function bearer(token: string | (() => string | Promise<string>)): Credentials {
  return {
    async headers() {
      return { Authorization: `Bearer ${typeof token === 'string' ? token : await token()}` };
    },
    renew: () => Promise.resolve(false),
  };
}

/** Of pages: the browser sends the cookies of the session, which no script can read. */
export class CookieCredentials implements Credentials {
  private renewing: Promise<boolean> | undefined;

  /** `refresh` asks the gateway for new cookies, and says whether there are some. */
  constructor(private readonly refresh: () => Promise<boolean>) {}

  headers(): Record<string, string> {
    return {};
  }

  /** One for all requests that were refused at the same time: a refresh token that is used twice ends its session. */
  renew(): Promise<boolean> {
    this.renewing ??= oneTabAtATime(this.refresh).finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }
}

function oneTabAtATime(work: () => Promise<boolean>): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  return locks ? locks.request('wharf-refresh', work) : work();
}

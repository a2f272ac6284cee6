import type { MikroORM } from '@mikro-orm/postgresql';
import type { Bus } from '@wharf/messaging';
import type { PasswordHasher } from '@wharf/passwords';
import type { Logger } from '@wharf/service-kit';
import type { AccountsMetrics } from './accounts-metrics.js';
import type { Config } from './config.js';
import type { SigningKeys } from './tokens/signing-keys.js';

export const serviceName = 'accounts';

/** What the use cases work with. A class only because Nest injects by a value. */
export abstract class Accounts {
  abstract readonly orm: MikroORM;
  abstract readonly bus: Bus;
  abstract readonly hasher: PasswordHasher;
  abstract readonly signingKeys: SigningKeys;
  abstract readonly metrics: AccountsMetrics;
  abstract readonly logger: Logger;
  abstract readonly config: Pick<Config, 'registration' | 'tokenIssuer' | 'tokenAudience'>;
}

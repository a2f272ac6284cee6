import { CreateAccounts } from './0001-create-accounts.js';

/** Append only: what a release has run is never changed, since no database would run it again. */
export const migrations = [{ name: '0001-create-accounts', class: CreateAccounts }];

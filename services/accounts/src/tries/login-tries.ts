import { type Tries, triesIn } from '@wharf/passwords';

export const loginTries: Tries = triesIn('accounts.login_tries');

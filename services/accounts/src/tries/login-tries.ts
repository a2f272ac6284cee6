import { triesIn } from '@wharf/passwords';

export const loginTries = triesIn('accounts.login_tries');

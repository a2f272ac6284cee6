export { hashOfNobody, hashPassword, isOutdated } from './argon2.js';
export { PasswordHasher } from './password-hasher.js';
export { formatHash, parseHash } from './phc.js';
export { type Tries, triesIn, triesWindowMinutes } from './tries.js';

export { hashOfNobody, hashPassword, isOutdated, verifyPassword } from './argon2.js';
export { PasswordHasher } from './password-hasher.js';
export { formatHash, parseHash } from './phc.js';
export { type Tries, type Try, triesIn, triesWindowMinutes } from './tries.js';

/** How much work one hash is. */
export interface Argon2Parameters {
  memoryKib: number;
  passes: number;
  parallelism: number;
}

interface PasswordHash extends Argon2Parameters {
  salt: Buffer;
  digest: Buffer;
}

const version = 19;
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{16,128})$/;

/** As other programs write it too: the PHC string format (github.com/P-H-C/phc-string-format), base64 without padding. */
export function formatHash({ memoryKib, passes, parallelism, salt, digest }: PasswordHash): string {
  const text = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  return `$argon2id$v=${version}$m=${memoryKib},t=${passes},p=${parallelism}$${text(salt)}$${text(digest)}`;
}

/** Undefined for what is no hash of argon2id. */
export function parseHash(text: string): PasswordHash | undefined {
  const [, memory, passes, parallelism, salt, digest] = form.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return undefined;
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    digest: Buffer.from(digest, 'base64'),
  };
}

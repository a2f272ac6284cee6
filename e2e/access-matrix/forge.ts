import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import pg from 'pg';

type Part = Record<string, unknown>;

/** Access tokens of the accounts service, made into others: by its own key, which a thief of the database would have, and without. */
export class Forge {
  private readonly stranger = generateKeyPairSync('ed25519').privateKey;
  private readonly key: KeyObject;

  private constructor(key: KeyObject) {
    this.key = key;
  }

  /** With the key that has signed `token`. */
  static async open(databaseUrl: string, token: string): Promise<Forge> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ private_key: string }>(
        'select private_key from accounts.signing_keys where kid = $1',
        [partsOf(token).header.kid],
      );
      return new Forge(createPrivateKey(rows[0]?.private_key ?? ''));
    } finally {
      await client.end();
    }
  }

  /** Says something else; what is undefined is left out. */
  changed(token: string, changes: { claims?: Part; header?: Part } = {}, key = this.key): string {
    const { claims, header } = partsOf(token);
    const text = `${encode({ ...header, ...changes.header })}.${encode({ ...claims, ...changes.claims })}`;
    return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
  }

  /** By a key that nobody published, under the name of one that is. */
  byStranger(token: string): string {
    return this.changed(token, {}, this.stranger);
  }

  /** By HMAC, with what everybody knows: for a verifier that lets the token choose the algorithm. */
  byPublicKey(token: string): string {
    const { claims, header } = partsOf(token);
    const { x = '' } = createPublicKey(this.key).export({ format: 'jwk' });
    const text = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    return `${text}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(text).digest('base64url')}`;
  }

  /** By nobody. */
  unsigned(token: string): string {
    const { claims, header } = partsOf(token);
    return `${encode({ ...header, alg: 'none' })}.${encode(claims)}.AA`;
  }

  /** Says something else, under the signature of before. */
  tampered(token: string, changes: Part): string {
    const [header, , signature] = token.split('.');
    return `${header}.${encode({ ...partsOf(token).claims, ...changes })}.${signature}`;
  }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function partsOf(token: string): { header: Part; claims: Part } {
  const [header, claims] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Part);
  return { header: header as Part, claims: claims as Part };
}

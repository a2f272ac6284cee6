import { randomUUID, type webcrypto } from 'node:crypto';
import type { SigningKey } from '@wharf/contracts';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

export const lifetimeSeconds = 600;

/** What a token says, or says differently from others. */
export interface TokenChanges {
  claims?: JWTPayload;
  header?: Partial<JWTHeaderParameters>;
}

interface Pair {
  privateKey: webcrypto.CryptoKey;
  published: SigningKey;
}

/** Signs as the accounts service does, with Ed25519 keys that it makes. */
export class TokenSigner {
  private pairs: [Pair, ...Pair[]];

  private constructor(pairs: [Pair, ...Pair[]]) {
    this.pairs = pairs;
  }

  static async create(): Promise<TokenSigner> {
    return new TokenSigner([await newPair()]);
  }

  /** A new key signs from now on; those before it are published as well. */
  async rotate(): Promise<void> {
    this.pairs = [await newPair(), ...this.pairs];
  }

  get publicKeys(): SigningKey[] {
    return this.pairs.map(({ published }) => published);
  }

  sign({ claims = {}, header = {} }: TokenChanges): Promise<string> {
    const [{ privateKey, published }] = this.pairs;
    const now = Date.now() / 1000;
    return new SignJWT({ jti: randomUUID(), iat: now, exp: now + lifetimeSeconds, ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: published.kid, ...header })
      .sign(privateKey);
  }
}

async function newPair(): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  const { x = '' } = await exportJWK(publicKey);
  const published: SigningKey = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: randomUUID(), x };
  return { privateKey, published };
}

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { SigningKey } from '@wharf/contracts';
import { AppError, type Logger } from '@wharf/service-kit';
import { keepSigningKeys, type StoredKey } from './keep-signing-keys.js';
import { signingAt } from './plan-rotation.js';

interface LoadedKey {
  kid: string;
  signsFromMs: number;
  privateKey: KeyObject;
}

/** The keys of access tokens as they were read last. Each is there long before it signs, so that this may be a little old. */
export class SigningKeys {
  private keys: LoadedKey[] = [];

  constructor(private readonly options: { orm: MikroORM; rotationMs: number; logger: Logger }) {}

  /** Makes and removes what is due, and reads the keys. Throws `unavailable`: then those from before go on. */
  async load(): Promise<void> {
    const stored = await keepSigningKeys(this.options.orm, this.options);
    this.keys = stored.map((key) => this.keys.find(({ kid }) => kid === key.kid) ?? load(key));
  }

  /** The one that signs now. */
  current(): { kid: string; privateKey: KeyObject } {
    const key = signingAt(this.keys, Date.now()) ?? this.keys[0];
    if (!key) throw new AppError('unavailable', 'there is no key to sign with yet');
    return key;
  }
}

function load({ kid, privateKey, signsFromMs }: StoredKey): LoadedKey {
  return { kid, signsFromMs, privateKey: createPrivateKey(privateKey) };
}

/** What gateways are told of a key. */
export function toPublicKey({ kid, privateKey }: StoredKey): SigningKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x };
}

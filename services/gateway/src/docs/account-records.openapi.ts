import { ApiKey, CreatedApiKey, NewApiKey, Session, SignedIn, SigningKey, User, UserChanges } from '@wharf/contracts';
import { z } from 'zod';
import { documentFields, type FieldNote } from './document-fields.js';
import { exampleTime } from './examples.js';

export const exampleUserId = '5a1c8c7e-2f0b-4a53-9d1e-7c3b6f2a9e10';
export const exampleSessionId = '2b7f5f0e-93c1-4a6c-8a8e-1d9f0c4b6e77';
export const exampleKeyId = 'k3v9x1m7q2z8t4b6';
export const examplePassword = 'a long pass phrase';
const exampleEmail = 'ann@example.org';
const exampleToken = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl';

export const emailNote: FieldNote = { description: 'Address of the user; in any case', example: exampleEmail };

const quotaNotes = {
  max_bytes: { description: 'Bytes that the user may store; null: any number', example: 10_000_000_000 },
  max_files: { description: 'Files that the user may store; null: any number', example: null },
  max_uploads: { description: 'Uploads at a time; null: any number', example: 10 },
};

export const UserAnswer = z.object(
  documentFields(User.shape, {
    ...quotaNotes,
    id: { description: 'The `owner_id` of the files of the user', example: exampleUserId },
    email: emailNote,
    role: { description: '`user`: files of its own; `admin`: everything', example: 'user' },
    disabled: { description: 'Whether its credentials are refused; its files stay', example: false },
    created_at: { description: 'When it was registered', example: exampleTime },
    last_login_at: { description: 'When it logged in last', example: exampleTime },
  }),
);

export const UserPageAnswer = z.object({
  users: z.array(UserAnswer),
  next_cursor: z.string().nullable().meta({ description: 'Leads to the next page; null on the last one' }),
});

export const UserChangesBody = z.strictObject(
  documentFields(UserChanges.shape, {
    ...quotaNotes,
    role: { description: '`user` or `admin`', example: 'user' },
    disabled: { description: 'Whether its credentials are refused', example: false },
  }),
);

export const SignedInAnswer = z.object(
  documentFields(SignedIn.extend({ user: UserAnswer }).shape, {
    user: { description: 'Who is logged in', example: undefined },
    access_token: { description: 'For `Authorization: Bearer`; it is in a cookie too', example: exampleToken },
    expires_in: { description: 'Seconds until the access token ends', example: 600 },
  }),
);

const SessionAnswer = z.object(
  documentFields(Session.shape, {
    id: { description: 'Ends the session', example: exampleSessionId },
    created_at: { description: 'When it began', example: exampleTime },
    last_used_at: { description: 'When its refresh token was used last', example: exampleTime },
    expires_at: { description: 'When it ends unless it is used', example: exampleTime },
    address: { description: 'Address of the client at the login', example: '203.0.113.7' },
    user_agent: { description: 'What the client called itself', example: 'curl/8.5.0' },
  }),
);
export const SessionListAnswer = z.object({ sessions: z.array(SessionAnswer) });

const keyNotes = {
  name: { description: 'What its user calls it', example: 'backup of the office' },
  scopes: { description: 'What it may do; not more than its user', example: ['files:create'] },
};

const keyAnswerNotes = {
  ...keyNotes,
  id: { description: 'Identifies the key in lists and logs; revokes it', example: exampleKeyId },
  created_at: { description: 'When it was made', example: exampleTime },
  last_used_at: { description: 'When it was used last, to the minute', example: null },
  expires_at: { description: 'When it ends; null: when it is revoked', example: exampleTime },
};

const ApiKeyAnswer = z.object(documentFields(ApiKey.shape, keyAnswerNotes));
export const ApiKeyListAnswer = z.object({ keys: z.array(ApiKeyAnswer) });

export const CreatedApiKeyAnswer = z.object(
  documentFields(CreatedApiKey.shape, {
    ...keyAnswerNotes,
    key: {
      description: 'For `Authorization: Bearer`. Shown once: only a digest of it is kept',
      example: `wharf_${exampleKeyId}_q3nYcX0m7vLk2tZ9bH4sWw1eR8uJ5aPd6fGiNoMxTyU`,
    },
  }),
);

export const NewApiKeyBody = z.strictObject(
  documentFields(NewApiKey.shape, {
    ...keyNotes,
    expires_in: { description: 'Seconds after which the key ends; null: when it is revoked', example: 31_536_000 },
  }),
);

const SigningKeyAnswer = z.object(
  documentFields(SigningKey.shape, {
    kty: { description: 'RFC 8037', example: 'OKP' },
    crv: { description: 'RFC 8037', example: 'Ed25519' },
    alg: { description: 'RFC 8037', example: 'EdDSA' },
    use: { description: 'RFC 7517', example: 'sig' },
    kid: { description: 'Named by the tokens that it signs', example: '2026-01' },
    x: { description: 'The public key', example: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  }),
);
export const SigningKeySetAnswer = z.object({ keys: z.array(SigningKeyAnswer) });

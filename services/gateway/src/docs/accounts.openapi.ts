import { ApiKey, type ErrorCode, Login, PasswordChange, RefreshOptions, Registration, Session } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  ApiKeyListAnswer,
  CreatedApiKeyAnswer,
  emailNote,
  exampleKeyId,
  examplePassword,
  exampleSessionId,
  NewApiKeyBody,
  SessionListAnswer,
  SignedInAnswer,
  SigningKeySetAnswer,
  UserAnswer,
} from './account-records.openapi.js';
import { documentFields } from './document-fields.js';
import { problemAnswers } from './problems.openapi.js';

const passwordNote = { description: 'At least 8 characters, at most 256 bytes', example: examplePassword };
const credentials = { email: emailNote, password: passwordNote };
const exampleCredentials = { email: emailNote.example, password: examplePassword };

const RegistrationBody = z.strictObject(documentFields(Registration.shape, credentials));
const LoginBody = z.strictObject(documentFields(Login.shape, credentials));
const PasswordBody = z.strictObject(
  documentFields(PasswordChange.shape, {
    current_password: { description: 'The one that counts until now', example: examplePassword },
    new_password: passwordNote,
  }),
);
const RefreshBody = z.strictObject(
  documentFields(RefreshOptions.shape, {
    refresh_token: {
      description: 'The value of the cookie `wharf_refresh`, of a program that keeps no cookies',
      example: 'bmljZSB0cnk',
    },
  }),
);

const sessionParameter = z.object(
  documentFields({ id: Session.shape.id }, { id: { description: 'The `id` of a session', example: exampleSessionId } }),
);
const keyParameter = z.object(
  documentFields({ id: ApiKey.shape.id }, { id: { description: 'The `id` of a key', example: exampleKeyId } }),
);

const cookies =
  'Sets the cookies `wharf_access` and `wharf_refresh` (HttpOnly, SameSite=Strict), by which pages of this address are logged in.';
const shown =
  'The refresh token is taken from its cookie or from the body. It serves once: used twice, it ends its session.';

function json<Schema extends z.ZodType>(schema: Schema) {
  return { 'application/json': { schema } };
}

const refreshBody = {
  content: { 'application/json': { schema: RefreshBody, example: { refresh_token: 'bmljZSB0cnk' } } },
};

function signedIn(description: string, ...problems: ErrorCode[]) {
  return {
    200: { description, content: json(SignedInAnswer) },
    ...problemAnswers('invalid_request', 'unauthenticated', 'unavailable', ...problems),
  };
}

const { 200: created, ...registerProblems } = signedIn('Registered and logged in', 'conflict', 'rate_limited');

export const accountPaths: ZodOpenApiPathsObject = {
  '/api/v1/auth/register': {
    post: {
      operationId: 'register',
      tags: ['accounts'],
      summary: 'Become a user, where REGISTRATION is open',
      description: cookies,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: RegistrationBody, example: exampleCredentials } },
      },
      responses: { 201: created, ...registerProblems },
    },
  },
  '/api/v1/auth/login': {
    post: {
      operationId: 'logIn',
      tags: ['accounts'],
      summary: 'Log in',
      description: cookies,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: LoginBody, example: exampleCredentials } },
      },
      responses: signedIn('Logged in', 'rate_limited'),
    },
  },
  '/api/v1/auth/refresh': {
    post: {
      operationId: 'refresh',
      tags: ['accounts'],
      summary: 'Take the next access token of a session',
      description: shown,
      requestBody: refreshBody,
      responses: signedIn('The next tokens'),
    },
  },
  '/api/v1/auth/logout': {
    post: {
      operationId: 'logOut',
      tags: ['accounts'],
      summary: 'End a session',
      description: 'The refresh token is taken from its cookie or from the body. Again it changes nothing.',
      requestBody: refreshBody,
      responses: {
        204: { description: 'The session has ended, and its cookies are gone' },
        ...problemAnswers('invalid_request', 'unauthenticated', 'unavailable'),
      },
    },
  },
  '/api/v1/auth/me': {
    get: {
      operationId: 'getMe',
      tags: ['accounts'],
      summary: 'Read who one is',
      responses: { 200: { description: 'The user', content: json(UserAnswer) } },
    },
  },
  '/api/v1/auth/password': {
    post: {
      operationId: 'changePassword',
      tags: ['accounts'],
      summary: "Change one's password",
      description:
        'Ends all other sessions of the user; API keys go on. A current password that is wrong is answered `forbidden`, and counts as a login that failed.',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: PasswordBody,
            example: { current_password: examplePassword, new_password: 'another long pass phrase' },
          },
        },
      },
      responses: { 204: { description: 'Changed' }, ...problemAnswers('invalid_request', 'conflict') },
    },
  },
  '/api/v1/auth/sessions': {
    get: {
      operationId: 'listSessions',
      tags: ['accounts'],
      summary: "List one's sessions",
      responses: { 200: { description: 'Those that have not ended', content: json(SessionListAnswer) } },
    },
  },
  '/api/v1/auth/sessions/{id}': {
    delete: {
      operationId: 'endSession',
      tags: ['accounts'],
      summary: 'End a session',
      description: 'Its access tokens are refused from then on. A session of somebody else is left alone.',
      requestParams: { path: sessionParameter },
      responses: { 204: { description: 'It has ended' }, ...problemAnswers('invalid_request') },
    },
  },
  '/api/v1/auth/keys': {
    get: {
      operationId: 'listKeys',
      tags: ['accounts'],
      summary: "List one's API keys",
      responses: { 200: { description: 'Those that have not ended', content: json(ApiKeyListAnswer) } },
    },
    post: {
      operationId: 'createKey',
      tags: ['accounts'],
      summary: 'Make an API key',
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: NewApiKeyBody, example: { name: 'backup', scopes: ['files:create'] } },
        },
      },
      responses: {
        201: { description: 'The key, which is shown once', content: json(CreatedApiKeyAnswer) },
        ...problemAnswers('invalid_request', 'conflict'),
      },
    },
  },
  '/api/v1/auth/keys/{id}': {
    delete: {
      operationId: 'revokeKey',
      tags: ['accounts'],
      summary: 'Revoke an API key',
      description: 'At once and for ever; again changes nothing. A key of somebody else is left alone.',
      requestParams: { path: keyParameter },
      responses: { 204: { description: 'Revoked' }, ...problemAnswers('invalid_request') },
    },
  },
  '/.well-known/jwks.json': {
    get: {
      operationId: 'getSigningKeys',
      tags: ['accounts'],
      summary: 'The public keys of access tokens (RFC 7517)',
      responses: {
        200: { description: 'The keys', content: { 'application/jwk-set+json': { schema: SigningKeySetAnswer } } },
        ...problemAnswers('unavailable'),
      },
    },
  },
};

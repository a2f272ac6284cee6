import { User, UserQuery } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { exampleUserId, UserAnswer, UserChangesBody, UserPageAnswer } from './account-records.openapi.js';
import { documentFields } from './document-fields.js';
import { problemAnswers } from './problems.openapi.js';

const query = z.object(
  documentFields(UserQuery.shape, {
    limit: { description: 'Users of a page; 50 unless told', example: 20 },
    cursor: { description: '`next_cursor` of the page before', example: exampleUserId },
  }),
);

const userParameter = z.object(
  documentFields({ id: User.shape.id }, { id: { description: 'The `id` of a user', example: exampleUserId } }),
);

export const userPaths: ZodOpenApiPathsObject = {
  '/api/v1/users': {
    get: {
      operationId: 'listUsers',
      tags: ['users'],
      summary: 'List users, in the order of their registration',
      requestParams: { query },
      responses: {
        200: { description: 'One page', content: { 'application/json': { schema: UserPageAnswer } } },
        ...problemAnswers('invalid_request'),
      },
    },
  },
  '/api/v1/users/{id}': {
    get: {
      operationId: 'getUser',
      tags: ['users'],
      summary: 'Read a user',
      requestParams: { path: userParameter },
      responses: {
        200: { description: 'The user', content: { 'application/json': { schema: UserAnswer } } },
        ...problemAnswers('invalid_request', 'user_not_found'),
      },
    },
    patch: {
      operationId: 'updateUser',
      tags: ['users'],
      summary: 'Change role and quota of a user, or disable it',
      description: 'Counts at once: the access tokens of the user are refused, and its keys are judged anew.',
      requestParams: { path: userParameter },
      requestBody: {
        required: true,
        content: { 'application/json': { schema: UserChangesBody, example: { max_bytes: 10_000_000_000 } } },
      },
      responses: {
        200: { description: 'The user as it is now', content: { 'application/json': { schema: UserAnswer } } },
        ...problemAnswers('invalid_request', 'user_not_found', 'conflict'),
      },
    },
  },
};

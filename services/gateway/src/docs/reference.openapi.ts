import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { answerHeaders } from './headers.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const json = { 'application/json': { schema: { type: 'object' as const } } };

const assetParameter = z.object(
  documentFields({ asset: z.string() }, { asset: { description: 'A file of the page', example: 'swagger-ui.css' } }),
);

/** The reference describes itself as well: what is registered is documented. */
export const referencePaths: ZodOpenApiPathsObject = {
  '/openapi.json': {
    get: {
      operationId: 'getOpenApi',
      tags: ['reference'],
      summary: 'This document (OpenAPI 3.1)',
      responses: { 200: { description: 'The document', content: json } },
    },
  },
  '/asyncapi.json': {
    get: {
      operationId: 'getAsyncApi',
      tags: ['reference'],
      summary: 'The events on NATS (AsyncAPI 3.0)',
      responses: { 200: { description: 'The document', content: json } },
    },
  },
  '/docs': {
    get: {
      operationId: 'getDocs',
      tags: ['reference'],
      summary: 'This document as a page',
      responses: { 200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } } },
    },
  },
  '/docs/{asset}': {
    get: {
      operationId: 'getDocsAsset',
      tags: ['reference'],
      summary: 'A file of the page',
      requestParams: { path: assetParameter },
      responses: {
        200: {
          description: 'The file',
          headers: answerHeaders('ETag'),
          content: { '*/*': { schema: { type: 'string' } } },
        },
        304: { description: 'The caller has it', headers: answerHeaders('ETag') },
        ...problemAnswers('route_not_found'),
      },
    },
  },
};

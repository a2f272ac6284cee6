import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { pageFiles } from '../pages/page-files.js';
import { documentFields } from './document-fields.js';
import { answerHeaders } from './headers.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const json = { 'application/json': { schema: { type: 'object' as const } } };

const assetParameter = (example: string) =>
  z.object(documentFields({ asset: z.string() }, { asset: { description: 'A file of the page', example } }));

/** One that there is: names change with what they name. */
const [someAsset = 'index.js'] = pageFiles?.assets.keys() ?? [];

const html = { 'text/html': { schema: { type: 'string' as const } } };

/** The reference describes itself as well: what is registered is documented. */
export const referencePaths: ZodOpenApiPathsObject = {
  '/': {
    get: {
      operationId: 'getPage',
      tags: ['reference'],
      summary: 'The page: files, links and requests in a browser',
      responses: {
        200: { description: 'The page', headers: answerHeaders('ETag'), content: html },
        304: { description: 'The caller has it', headers: answerHeaders('ETag') },
        ...problemAnswers('unavailable'),
      },
    },
  },
  '/assets/{asset}': {
    get: {
      operationId: 'getPageAsset',
      tags: ['reference'],
      summary: 'A file of the page',
      requestParams: { path: assetParameter(someAsset) },
      responses: {
        200: {
          description: 'The file, which never changes under its name',
          content: { '*/*': { schema: { type: 'string' } } },
        },
        ...problemAnswers('route_not_found'),
      },
    },
  },
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
      responses: { 200: { description: 'The page', content: html } },
    },
  },
  '/docs/{asset}': {
    get: {
      operationId: 'getDocsAsset',
      tags: ['reference'],
      summary: 'A file of the page',
      requestParams: { path: assetParameter('swagger-ui.css') },
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

import {
  AuditDetail,
  AuditOptions,
  AuditPage,
  AuditRecord,
  DeadLetterPage,
  DeadLetterRecord,
  PageQuery,
  StartedAudit,
  SystemReport,
} from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleTime, exampleUid } from './examples.js';
import { answerHeaders } from './headers.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const exampleAuditId = '2026-01-31T12-00-00-000Z-0a1b2c';

const pageQuery = (exampleCursor: string) =>
  z.object(
    documentFields(PageQuery.shape, {
      limit: { description: 'Of a page at most; 50 unless told', example: 20 },
      cursor: { description: '`next_cursor` of the page before', example: exampleCursor },
    }),
  );

const SystemAnswer = z.object(
  documentFields(SystemReport.shape, {
    services: {
      description: 'Each service as its replicas report themselves now; `replicas` is 0 where none answered',
      example: [{ name: 'gateway', status: 'ok', replicas: 2, checks: { volume: { status: 'ok' } } }],
    },
    consumers: {
      description: 'How far the durable consumers of JetStream are, those of integrators too',
      example: [{ stream: 'FILES', name: 'cloud-sync-file_stored', pending: 0, ack_pending: 3, redelivered: 0 }],
    },
    volume: {
      description: 'The shared volume; uploads leave `reserve_bytes` free',
      example: { free_bytes: 900_000_000, total_bytes: 1_000_000_000, reserve_bytes: 100_000_000 },
    },
    files: {
      description:
        'Records by their status, counted at most every 30 seconds; `counted_at` is null before the first time',
      example: { by_status: { stored: { count: 3, bytes: 300 } }, counted_at: exampleTime },
    },
    dead_letters: {
      description:
        'How many messages services gave up; null while metadata does not answer, and what else it knows is empty then',
      example: 0,
    },
    sweeps: { description: 'The latest 30 runs of each sweep of the janitor, newest first', example: [] },
    audits: { description: 'The latest 30 audits, newest first', example: [] },
  }),
);

const DeadLetterAnswer = z.object(
  documentFields(DeadLetterRecord.shape, {
    seq: { description: 'Identifies it', example: 17 },
    service: { description: 'Who gave it up', example: 'cloud-sync' },
    subject: { description: 'The subject of the message', example: 'file.stored' },
    uid: { description: 'The file that it is about', example: exampleUid },
    code: { description: 'The code of the last error', example: 'internal' },
    reason: { description: 'The last error', example: 'the object store answered nonsense' },
    attempts: { description: 'How often the service was given the message', example: 10 },
    at: { description: 'When it was given up', example: exampleTime },
  }),
);
const DeadLetterPageAnswer = DeadLetterPage.extend({ dead_letters: z.array(DeadLetterAnswer) });

const auditNotes = {
  id: { description: 'Identifies the audit, and names its report', example: exampleAuditId },
  status: { description: '`unfinished`: it is running, or it broke off', example: 'finished' },
  repair: { description: 'Whether it was to make the sides agree', example: false },
  started_at: { description: 'When it began', example: exampleTime },
  finished_at: { description: 'When it ended', example: exampleTime },
  examined: { description: 'Records, local files and objects that were looked at', example: 3000 },
  findings: { description: 'How many disagreements of each class it found', example: { stuck: 1 } },
  repaired: { description: 'How many of them it repaired', example: {} },
};
const AuditAnswer = z.object(documentFields(AuditRecord.shape, auditNotes));
const AuditPageAnswer = AuditPage.extend({ audits: z.array(AuditAnswer) });
const AuditDetailAnswer = z.object(
  documentFields(AuditDetail.shape, {
    ...auditNotes,
    entries: {
      description: 'What it found, in that order',
      example: [{ class: 'stuck', uid: exampleUid, place: exampleUid, detail: 'stored for 2 days', remedy: [] }],
    },
    problems: { description: 'What could not be judged or repaired', example: [] },
    next_cursor: { description: 'Leads to more of what it found; null where there is no more', example: null },
  }),
);

const AuditOptionsBody = z.strictObject(
  documentFields(AuditOptions.shape, {
    repair: {
      description: 'Makes the sides agree; nothing is deleted, and `wharf audit --undo` takes it back',
      example: false,
    },
    full: { description: 'Reads the bytes of every file on both sides', example: false },
  }),
);
const StartedAuditAnswer = z.object(documentFields(StartedAudit.shape, { id: auditNotes.id }));

const seqParameter = z.object({
  seq: z.string().meta({ description: 'The `seq` of a dead letter', example: '17' }),
});
const auditParameter = z.object({
  id: z.string().meta({ description: 'The `id` of an audit', example: exampleAuditId }),
});

export const systemPaths: ZodOpenApiPathsObject = {
  '/api/v1/system': {
    get: {
      operationId: 'getSystem',
      tags: ['system'],
      summary: 'All parts of Wharf at one glance',
      responses: {
        200: { description: 'The system as it is now', content: { 'application/json': { schema: SystemAnswer } } },
      },
    },
  },
  '/api/v1/dead-letters': {
    get: {
      operationId: 'listDeadLetters',
      tags: ['system'],
      summary: 'List the messages that services gave up, oldest first',
      requestParams: { query: pageQuery('17') },
      responses: {
        200: { description: 'One page', content: { 'application/json': { schema: DeadLetterPageAnswer } } },
        ...problemAnswers('invalid_request', 'unavailable'),
      },
    },
  },
  '/api/v1/dead-letters/{seq}/replay': {
    post: {
      operationId: 'replayDeadLetter',
      tags: ['system'],
      summary: 'Give a message back to the service that gave it up',
      description: 'And to no other. It is no dead letter any more then; where it fails again, it becomes a new one.',
      requestParams: { path: seqParameter },
      responses: {
        202: { description: 'It is on its way' },
        ...problemAnswers('dead_letter_not_found', 'conflict', 'unavailable'),
      },
    },
  },
  '/api/v1/dead-letters/{seq}': {
    delete: {
      operationId: 'dropDeadLetter',
      tags: ['system'],
      summary: 'Remove a message for good',
      requestParams: { path: seqParameter },
      responses: {
        204: { description: 'There is none of this number' },
        ...problemAnswers('dead_letter_not_found', 'unavailable'),
      },
    },
  },
  '/api/v1/audits': {
    get: {
      operationId: 'listAudits',
      tags: ['system'],
      summary: 'List audits, newest first',
      description: 'All that have a report on the volume, whoever started them.',
      requestParams: { query: pageQuery(exampleAuditId) },
      responses: {
        200: { description: 'One page', content: { 'application/json': { schema: AuditPageAnswer } } },
        ...problemAnswers('invalid_request'),
      },
    },
    post: {
      operationId: 'startAudit',
      tags: ['system'],
      summary: 'Compare records, volume and object store',
      requestBody: {
        required: false,
        content: { 'application/json': { schema: AuditOptionsBody, example: { repair: false, full: false } } },
      },
      responses: {
        202: {
          description: 'It has begun',
          headers: answerHeaders('Location'),
          content: { 'application/json': { schema: StartedAuditAnswer } },
        },
        ...problemAnswers('invalid_request', 'conflict', 'unavailable'),
      },
    },
  },
  '/api/v1/audits/{id}': {
    get: {
      operationId: 'getAudit',
      tags: ['system'],
      summary: 'Read the report of an audit',
      requestParams: { path: auditParameter, query: pageQuery('50') },
      responses: {
        200: { description: 'The report', content: { 'application/json': { schema: AuditDetailAnswer } } },
        ...problemAnswers('invalid_request', 'audit_not_found'),
      },
    },
  },
};

import { HealthReport } from '@wharf/contracts';
import type { ZodOpenApiPathsObject } from 'zod-openapi';

const content = {
  'application/json': { schema: HealthReport, example: { status: 'ok', checks: { volume: { status: 'ok' } } } },
};

export const healthPaths: ZodOpenApiPathsObject = {
  '/health/live': {
    get: {
      operationId: 'getLiveness',
      tags: ['health'],
      summary: 'Whether the process lives, whatever it depends on',
      responses: { 200: { description: 'It does', content } },
    },
  },
  '/health/ready': {
    get: {
      operationId: 'getReadiness',
      tags: ['health'],
      summary: 'Whether uploads can be taken',
      responses: {
        200: { description: 'They can; `degraded` where something else is away', content },
        503: { description: 'They cannot, or the process is about to end', content },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      tags: ['health'],
      summary: 'Metrics for Prometheus',
      responses: { 200: { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } } },
    },
  },
};
